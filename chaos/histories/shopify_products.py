# Part of Integration Hub. License LGPL-3.0 or later.
"""A shop's products: priced, named and numbered anew, given variants and options, archived, brought back, deleted."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

from shopify_shop import Doc, Shop, differing
from story import History

ALL = {"active_test": False}
NAMES = ("Size", "Fit", "Colour", "Cut", "Shade")
VALUES = ("S", "M", "L", "XL", "Red", "Blue", "Slim", "Wide")
MOST_VARIANTS = 6
PLAIN = ("Default Title",)


class Plan(Shop):
    """A shop that decides about its products."""

    def play(self, history: History) -> Iterator[str]:
        """The life of a product, of two as often as not."""
        return Person(self, history).play()

    def differences(self, histories: list[History]) -> dict[int, list[str]]:
        """Of every product that was ever made: is it in Odoo what it is in the shop?"""
        return differing(Sides(self), histories)


class Person:
    """Who does what a history tells. A price goes with the first option's value: Odoo's variants have no other."""

    def __init__(self, plan: Plan, history: History) -> None:
        self.plan, self.history, self.chance = plan, history, history.chance
        self.live: list[Doc] = []
        self.count = 0
        history.facts["products"] = []

    def play(self) -> Iterator[str]:
        """Step by step."""
        deeds: list[tuple[int, Callable[[Doc], tuple[str, Doc] | None]]] = [
            (3, self._title), (3, self._reprice), (2, self._renumber), (4, self._add), (3, self._remove),
            (2, self._rename_option), (2, self._rename_value), (2, self._add_option), (2, self._drop_option),
            (3, self._status), (1, self._swap),
        ]  # fmt: skip
        yield self._create()
        left = self.chance.randint(3, 9)
        for _try in range(10 * left):
            if not left or not self.live:
                return
            if len(self.history.facts["products"]) < 2 and self.chance.random() < 0.1:
                left -= 1
                yield self._create()
                continue
            product = self.chance.choice(self.live)
            if self.chance.random() < 0.06:
                self.plan.act("DELETE", f"products/{product['id']}")
                self.live.remove(product)
                yield f"deletes product {product['id']}"
                return
            (deed,) = self.chance.choices([deed for _weight, deed in deeds], [weight for weight, _deed in deeds])
            if done := deed(product):
                words, values = done
                product |= self.plan.act("PATCH", f"products/{product['id']}", values)
                left -= 1
                yield f"{words} of product {product['id']}: {self._shown(product)}"

    def _create(self) -> str:
        names = self.chance.choice(((), ("Size",), ("Size",), ("Size", "Colour")))
        firsts = self.chance.sample(VALUES[:4], self.chance.randint(1, 3))
        chosen = [(first, second) for first in firsts for second in ("Red", "Blue")] if len(names) > 1 else firsts
        chosen = [(one,) if isinstance(one, str) else one for one in chosen] if names else [PLAIN]
        if len(chosen) > 2 and self.chance.random() < 0.4:
            chosen.remove(self.chance.choice(chosen))  # not every combination
        prices = {first: self._price() for first in VALUES + PLAIN}
        variants = [
            {**self._numbers(), "options": list(options), "price": prices[options[0]], "grams": 100}
            for options in chosen
        ]
        values = {"title": self._name(), "options": list(names) or ["Title"], "variants": variants}
        made = self.plan.act("POST", "products", values)
        self.live.append(made)
        self.history.ids.add(f"products:{made['id']}")
        self.history.facts["products"].append(made["id"])
        return f"creates product {made['id']}: {self._shown(made)}"

    def _title(self, _product: Doc) -> tuple[str, Doc]:
        return "changes the title", {"title": self._name(), "body_html": f"<p>{self.chance.randint(1, 99)}</p>"}

    def _reprice(self, product: Doc) -> tuple[str, Doc]:
        first = self.chance.choice(product["variants"])["option1"]
        price = self._price()
        priced = [{"id": one["id"], "price": price} for one in product["variants"] if one["option1"] == first]
        return f"prices {first} at {price}", {"variants": priced}

    def _renumber(self, product: Doc) -> tuple[str, Doc]:
        variant = self.chance.choice(product["variants"])
        return f"numbers {variant['sku']} anew", {"variants": [{"id": variant["id"], **self._numbers()}]}

    def _add(self, product: Doc) -> tuple[str, Doc] | None:
        if self._is_plain(product) or len(product["variants"]) >= MOST_VARIANTS:
            return None
        taken = {_options(one) for one in product["variants"]}
        options = tuple(self.chance.choice(VALUES) for _option in product["options"])
        if options in taken:
            return None
        alike = [one["price"] for one in product["variants"] if one["option1"] == options[0]]
        price = alike[0] if alike else self._price()
        return f"adds {'/'.join(options)}", {
            "variants": [{**self._numbers(), "options": list(options), "price": price}]
        }

    def _remove(self, product: Doc) -> tuple[str, Doc] | None:
        if len(product["variants"]) < 2:
            return None
        gone = self.chance.choice(product["variants"])
        return f"removes {gone['sku']}", {"without_variants": [gone["id"]]}

    def _rename_option(self, product: Doc) -> tuple[str, Doc] | None:
        if self._is_plain(product):
            return None
        names = [option["name"] for option in product["options"]]
        place, name = self.chance.randrange(len(names)), self.chance.choice(NAMES)
        if name in names:
            return None
        names[place] = name
        return f"calls an option {name}", {"options": names}

    def _rename_value(self, product: Doc) -> tuple[str, Doc] | None:
        """All variants with the first option's value have another one."""
        old, new = self.chance.choice(product["variants"])["option1"], self.chance.choice(VALUES)
        if self._is_plain(product) or new in {one["option1"] for one in product["variants"]}:
            return None
        changed = [
            {"id": one["id"], "options": [new, *_options(one)[1:]]}
            for one in product["variants"]
            if one["option1"] == old
        ]
        return f"calls {old} {new}", {"variants": changed}

    def _add_option(self, product: Doc) -> tuple[str, Doc] | None:
        if len(product["options"]) > 1 and not self._is_plain(product):
            return None
        name, value = self.chance.choice(NAMES), self.chance.choice(VALUES)
        if self._is_plain(product):
            return f"adds option {name}", {
                "options": [name],
                "variants": [{"id": product["variants"][0]["id"], "options": [value]}],
            }
        if name == product["options"][0]["name"]:
            return None
        changed = [{"id": one["id"], "options": [one["option1"], value]} for one in product["variants"]]
        return f"adds option {name}", {"options": [product["options"][0]["name"], name], "variants": changed}

    def _drop_option(self, product: Doc) -> tuple[str, Doc] | None:
        """The last one; of variants that are alike then, the first one stays."""
        if self._is_plain(product):
            return None
        kept: dict[tuple[str, ...], Doc] = {}
        for variant in product["variants"]:
            kept.setdefault(_options(variant)[:-1], variant)
        gone = [one["id"] for one in product["variants"] if one not in kept.values()]
        names = [option["name"] for option in product["options"][:-1]] or ["Title"]
        changed = [{"id": one["id"], "options": list(options or PLAIN)} for options, one in kept.items()]
        return "drops an option", {"options": names, "variants": changed, "without_variants": gone}

    def _status(self, product: Doc) -> tuple[str, Doc]:
        status = self.chance.choice(
            [one for one in ("active", "active", "archived", "draft") if one != product["status"]]
        )
        return f"makes it {status}", {"status": status}

    def _swap(self, product: Doc) -> tuple[str, Doc] | None:
        """Two variants of one price change places."""
        pairs = [
            (one, other)
            for one in product["variants"]
            for other in product["variants"]
            if one["id"] < other["id"] and one["option1"] == other["option1"]
        ]
        if not pairs:
            return None
        one, other = self.chance.choice(pairs)
        changed = [
            {"id": one["id"], "options": list(_options(other))},
            {"id": other["id"], "options": list(_options(one))},
        ]
        return f"has {one['sku']} and {other['sku']} change places", {"variants": changed}

    # -- parts --

    def _name(self) -> str:
        return f"H{self.history.seed} product {self.chance.randint(1, 9999)}"

    def _price(self) -> str:
        return f"{self.chance.randint(1, 90)}.{self.chance.choice(('00', '50', '99'))}"

    def _numbers(self) -> dict[str, str]:
        self.count += 1
        return {"sku": f"H{self.history.seed}-{self.count}", "barcode": f"{self.history.seed:08}{self.count:05}"}

    def _is_plain(self, product: Doc) -> bool:
        return bool(_options(product["variants"][0]) == PLAIN)

    def _shown(self, product: Doc) -> str:
        variants = " ".join(f"{one['sku']}={one['title']}@{one['price']}" for one in product["variants"])
        return f"{product['title']}, {product['status']}, {variants}"


class Sides:
    """The shop's products and Odoo's, read as a whole."""

    def __init__(self, plan: Plan) -> None:
        self.there, self.links = plan.there("product"), plan.links()
        search = plan.odoo.search
        named = [("name", "=like", "H% product %")]
        fields = ["name", "active", "description_sale", "attribute_line_ids"]
        self.templates = {one["id"]: one for one in search("product.template", named, fields, context=ALL)}
        of_them = [("product_tmpl_id", "in", list(self.templates))]
        fields = [
            "product_tmpl_id",
            "default_code",
            "barcode",
            "lst_price",
            "active",
            "product_template_attribute_value_ids",
        ]
        self.variants = {one["id"]: one for one in search("product.product", of_them, fields, context=ALL)}
        lines = search("product.template.attribute.line", of_them, ["attribute_id"])
        self.names = {one["id"]: one["attribute_id"][1] for one in lines}
        used = sorted({id_ for one in self.variants.values() for id_ in one["product_template_attribute_value_ids"]})
        values = search("product.template.attribute.value", [("id", "in", used)], ["name", "attribute_id"], context=ALL)
        self.values = {one["id"]: (one["attribute_id"][1], one["name"]) for one in values}
        self.of_template: dict[int, list[Doc]] = defaultdict(list)
        for one in self.variants.values():
            self.of_template[one["product_tmpl_id"][0]].append(one)

    def of(self, history: History) -> list[str]:
        """The differences of a history."""
        found = []
        for number in history.facts["products"]:
            found += [f"product {number}: {words}" for words in self._of_product(number)]
        known = {link["res_id"] for link in self.links.values() if link["res_model"] == "product.template"}
        mine = [one for one in self.templates.values() if one["name"].startswith(f"H{history.seed} ")]
        return found + [f"{one['name']} ({one['id']}) is nobody's" for one in mine if one["id"] not in known]

    def _of_product(self, number: int) -> Iterator[str]:
        there, link = self.there.get(number), self.links.get(f"gid://shopify/Product/{number}")
        template = link and self.templates.get(link["res_id"])
        if there is None:
            if template and (template["active"] or not link["deleted_at"]):
                yield "was deleted, and is in use"
            return
        if not template or link["deleted_at"]:
            yield "is noted as deleted" if template else "is not there"
            return
        yield from _unlike(self._here(template, there), self._wanted(there))

    def _wanted(self, there: Doc) -> Doc:
        names = [option["name"] for option in there["options"]]
        plain = _options(there["variants"][0]) == PLAIN
        return {
            "name": there["title"],
            "active": there["status"] == "active",
            "options": set() if plain else set(names),
            "variants": {
                one["sku"]: (
                    one["barcode"],
                    float(one["price"]),
                    {} if plain else dict(zip(names, _options(one), strict=True)),
                )
                for one in there["variants"]
            },
        }

    def _here(self, template: Doc, there: Doc) -> Doc:
        """What is in use of an archived product are those variants that are linked."""
        linked = [self.links.get(f"gid://shopify/ProductVariant/{one['id']}") for one in there["variants"]]
        ids = {link["res_id"] for link in linked if link and not link["deleted_at"]}
        variants = self.of_template[template["id"]]
        shown = [one for one in variants if one["active"] or (not template["active"] and one["id"] in ids)]
        return {
            "name": template["name"],
            "active": template["active"],
            "options": {self.names[id_] for id_ in template["attribute_line_ids"]},
            "variants": {one["default_code"]: self._variant(one, ids) for one in shown},
        }

    def _variant(self, one: Doc, linked: set[int]) -> Any:
        if one["id"] not in linked:
            return "not linked"
        values = dict(self.values[id_] for id_ in one["product_template_attribute_value_ids"])
        return one["barcode"], round(one["lst_price"], 2), values


def _options(variant: Doc) -> tuple[str, ...]:
    return tuple(value for value in (variant["option1"], variant["option2"], variant["option3"]) if value)


def _unlike(here: Doc, wanted: Doc) -> Iterator[str]:
    for name, value in wanted.items():
        if here[name] != value:
            yield f"{name}: {here[name]}, not {value}"
