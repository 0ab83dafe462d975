# Part of Integration Hub. License LGPL-3.0 or later.
from collections import Counter
from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.windows import form_of

SHOWN = 500  # problems, at the most


class Known(NamedTuple):
    """A link that another integration left behind: where it says so, of what with what; or what is wrong with it."""

    place: str
    external_id: str
    record_id: int = 0
    problem: str = ""


class IntegrationAdoption(models.TransientModel):
    """Take over links that exist in another form. Nothing is created or changed but the links themselves."""

    _name = "integration.adoption"
    _description = "Take Over Links"

    system_id = fields.Many2one(
        "integration.system", required=True, default=lambda self: self.env.context.get("active_id")
    )
    flow_id = fields.Many2one(
        "integration.flow",
        "Records Of",
        required=True,
        domain="[('system_id', '=', system_id), ('mapping_id', '!=', False)]",
    )
    model_name = fields.Char(related="flow_id.model_name")
    source = fields.Selection(
        [
            ("xmlid", "External ids of Odoo (an import)"),
            ("field", "A field of the records"),
            ("csv", "A CSV file"),
            ("table", "Another connector's table"),
        ],
        default="csv",
        required=True,
    )
    id_form = fields.Char(
        "Form of the Remote Id",
        default="{id}",
        required=True,
        help="How the remote id is made of what is found: {id} stands for it, e.g. gid://shopify/Product/{id}.",
    )
    module = fields.Char(help="What stands before the dot of the external ids, e.g. __import__.")
    prefix = fields.Char(help="With what the part after the dot begins; the remote id is what follows.")
    field_name = fields.Char("Name of the Field", help="The field of the Odoo record that holds the remote id.")
    file = fields.Binary("CSV File", attachment=False)
    file_name = fields.Char()
    table = fields.Selection("_selection_table", help="A model with the fields backend_id, external_id and odoo_id.")
    backend_model = fields.Char(compute="_compute_backend_model")
    backend_id = fields.Many2oneReference(model_field="backend_model", help="Empty: of all backends.")
    state = fields.Selection([("draft", "Choose"), ("checked", "Check")], default="draft")
    new_count = fields.Integer("Links To Take Over", readonly=True)
    known_count = fields.Integer("Known Already", readonly=True)
    problem_count = fields.Integer("Not Taken Over", readonly=True)
    problem_ids = fields.One2many("integration.adoption.problem", "adoption_id", readonly=True)

    @api.onchange("flow_id")
    def _onchange_flow_id(self):
        self.id_form = self._usual_form() or "{id}"

    def _usual_form(self):
        """Return how the other system's ids are written, as far as the ids of its own mapping tell; else nothing."""
        version = self.flow_id.sudo().mapping_id.version_id
        for line in version._specification()["lines"] if version else ():
            for transform in line.get("transforms", ()) if line.get("target") == "id" else ():
                if isinstance(transform, dict) and "gid" in transform:
                    return f"gid://{self.system_id.connector}/{transform['gid']}/{{id}}"
        return ""

    # --- a person's actions ---

    def action_check(self):
        """Look at everything and report it line by line; nothing is written."""
        self.ensure_one()
        good, known, problems = self._checked()
        self.problem_ids.unlink()
        self.write(
            {
                "state": "checked",
                "new_count": len(good),
                "known_count": known,
                "problem_count": len(problems),
                "problem_ids": [
                    fields.Command.create({"place": one.place, "external_id": one.external_id, "message": one.problem})
                    for one in problems[:SHOWN]
                ],
            }
        )
        return self._again()

    def action_back(self):
        """Choose anew."""
        self.state = "draft"
        return self._again()

    def action_adopt(self):
        """Make the links that are in order, checked once more; the others are left out."""
        self.ensure_one()
        good, _known, _problems = self._checked()
        if not good:
            raise UserError(self.env._("There is no link to take over. What is wrong with them is said line by line."))
        flow, Binding = self.flow_id, self.env["integration.binding"]
        Binding.create(
            [
                Binding._key(flow.system_id, flow.entity_id, one.external_id)
                | {"res_model": flow.model_name, "res_id": one.record_id}
                for one in good
            ]
        )
        flow.system_id.message_post(
            body=self.env._(
                "%(count)s links taken over for %(flow)s: %(where)s",
                count=len(good),
                flow=flow.name,
                where=dict(self._fields["source"]._description_selection(self.env))[self.source],
            )
        )
        return flow.system_id.action_view_bindings()

    def _again(self):
        return form_of(self._name, self.id, target="new", name=self.env._("Take Over Links"))

    # --- what is in order ---

    def _checked(self):
        """Return the links that can be made, how many are there already, and what is wrong with the others."""
        form = self.id_form if "{id}" in self.id_form else "{id}"
        found = [one._replace(external_id=form.replace("{id}", one.external_id)) for one in self._found()]
        if not found:
            raise UserError(self.env._("Nothing was found there. Look whether it is the right place."))
        judged = self._judge(found)
        found = [self._with_problem(one, judged) for one in found]
        problems = [one for one in found if one.problem]
        links = self._links()
        good = [one for one in found if not one.problem and one.external_id not in links]
        return good, len(found) - len(problems) - len(good), problems

    def _judge(self, found):
        """Return what tells whether a link is in order: what is there, what is said twice, what is linked already."""
        sound = [one for one in found if not one.problem]
        model = self.env[self.flow_id.model_name].sudo().with_context(active_test=False)
        there = model.browse({one.record_id for one in sound}).exists()
        if "company_id" in model._fields:
            foreign = there.filtered(
                lambda record: record.company_id and record.company_id != self.system_id.company_id
            )
        else:
            foreign = model
        return {
            "there": set(there.ids),
            "foreign": set(foreign.ids),
            "ids": Counter(one.external_id for one in found),
            "records": Counter(one.record_id for one in sound),
            "links": self._links(),
            "linked": self.env["integration.binding"].sudo()._taken(self.flow_id.system_id, self.flow_id.model_name),
        }

    def _links(self):
        Binding, flow = self.env["integration.binding"].sudo(), self.flow_id
        links = Binding.search_fetch(
            [("system_id", "=", flow.system_id.id), ("entity_id", "=", flow.entity_id.id)],
            ["external_id", "res_model", "res_id"],
        )
        return {link.external_id: link.res_id if link.res_model == flow.model_name else 0 for link in links}

    def _with_problem(self, one, judged):
        if one.problem:
            return one
        linked, other = judged["links"].get(one.external_id), judged["linked"].get(one.record_id)
        problem = ""
        if one.record_id not in judged["there"]:
            problem = self.env._("Odoo has no record with the id %(id)s.", id=one.record_id)
        elif one.record_id in judged["foreign"]:
            problem = self.env._("The Odoo record belongs to another company.")
        elif judged["ids"][one.external_id] > 1:
            problem = self.env._("The remote id is named %(count)s times.", count=judged["ids"][one.external_id])
        elif linked is not None and linked != one.record_id:
            problem = self.env._("This remote id is linked with another record already.")
        elif linked is None and other:
            problem = self.env._("The Odoo record is linked already, with %(id)s.", id=other)
        elif judged["records"][one.record_id] > 1:
            problem = self.env._("%(count)s remote ids name this record.", count=judged["records"][one.record_id])
        return one._replace(problem=problem)


class IntegrationAdoptionProblem(models.TransientModel):
    """What is wrong with one of the links that are to be taken over."""

    _name = "integration.adoption.problem"
    _description = "Take Over Links: Problem"

    adoption_id = fields.Many2one("integration.adoption", required=True, ondelete="cascade", index=True)
    place = fields.Char("Where")
    external_id = fields.Char("Remote Id")
    message = fields.Char("What Is Wrong")
