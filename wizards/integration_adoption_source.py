# Part of Integration Hub. License LGPL-3.0 or later.
"""Where links that another integration made are found."""

import base64
import csv
import io

from odoo import api, models
from odoo.exceptions import UserError

from .integration_adoption import Known

TABLE_FIELDS = ("backend_id", "external_id", "odoo_id")  # of the binding models of OCA's connector framework
ID_COLUMNS = ("external_id", "remote_id")
MAX_ID = 2**31 - 1
DIGITS = 10  # of the largest id


class IntegrationAdoption(models.TransientModel):
    _inherit = "integration.adoption"

    @api.model
    def _selection_table(self):
        return [
            (name, model._description)
            for name, model in sorted(self.env.registry.items())
            if all(field in model._fields for field in TABLE_FIELDS) and model._auto and not model._abstract
        ]

    @api.depends("table")
    def _compute_backend_model(self):
        for adoption in self:
            model = self.env[adoption.table] if adoption.table else None
            adoption.backend_model = model is not None and model._fields["backend_id"].comodel_name

    def _found(self):
        """Return what the chosen source says, as :class:`Known`."""
        self.ensure_one()
        return getattr(self, f"_found_{self.source}")()

    def _needed(self, *names):
        missing = [self._fields[name].string for name in names if not self[name]]
        if missing:
            raise UserError(self.env._("Please fill in: %(fields)s.", fields=", ".join(missing)))

    # --- sources ---

    def _found_xmlid(self):
        self._needed("module")
        prefix = self.prefix or ""
        names = (
            self.env["ir.model.data"]
            .sudo()
            .search_fetch(
                [
                    ("module", "=", self.module.strip()),
                    ("model", "=", self.model_name),
                    ("name", "=like", f"{_bare(prefix)}%"),
                ],
                ["name", "res_id"],
            )
        )
        return [Known(f"{self.module}.{each.name}", each.name.removeprefix(prefix), each.res_id) for each in names]

    def _found_field(self):
        self._needed("field_name")
        model = self.env[self.model_name].sudo().with_context(active_test=False)
        field = model._fields.get(self.field_name)
        if field is None or not field.store or field.type not in ("char", "text", "integer"):
            raise UserError(self.env._("Choose a stored field with text or a whole number."))
        companies = (
            [("company_id", "in", (False, self.system_id.company_id.id))] if "company_id" in model._fields else []
        )
        records = model.search_fetch([(field.name, "!=", False), *companies], [field.name])
        return [Known(f"#{each.id}", str(each[field.name]).strip(), each.id) for each in records if each[field.name]]

    def _found_table(self):
        self._needed("table")
        model = self.env[self.table].sudo().with_context(active_test=False)
        if model._fields["odoo_id"].comodel_name != self.model_name:
            raise UserError(
                self.env._(
                    "%(table)s links records of another kind than %(flow)s.",
                    table=model._description,
                    flow=self.flow_id.name,
                )
            )
        domain = [("backend_id", "=", self.backend_id)] if self.backend_id else []
        rows = model.search_fetch([("external_id", "!=", False), *domain], ["external_id", "odoo_id"])
        return [Known(f"#{row.id}", str(row.external_id), row.odoo_id.id) for row in rows]

    def _found_csv(self):
        self._needed("file")
        columns, rows = self._rows()
        id_column = next((name for name in ID_COLUMNS if name in columns), None)
        others = [name for name in columns if name not in ID_COLUMNS and self._is_record_column(name)]
        if not id_column or not others:
            raise UserError(
                self.env._(
                    "The first line has to name the columns: external_id, and odoo_id, xml_id, or a field of the "
                    "record by its technical name, as default_code. It names: %(columns)s.",
                    columns=", ".join(columns) or "–",
                )
            )
        records = self._records_by(others[0], {row[others[0]].strip() for row in rows if row[others[0]]})
        return [self._from_csv(line, row[id_column], row[others[0]], records) for line, row in enumerate(rows, start=2)]

    def _rows(self):
        """Return the names of the file's columns, and its lines as dicts."""
        text = self._text()
        dialect = self._dialect(next(iter(text.splitlines()), ""))
        reader = csv.DictReader(io.StringIO(text, newline=""), dialect=dialect)  # whatever ends its lines
        reader.fieldnames = [name.strip() for name in reader.fieldnames or ()]
        return reader.fieldnames, list(reader)

    def _text(self):
        no_text = UserError(self.env._("The file is not text in UTF-8. Save it as CSV in UTF-8 and try again."))
        try:
            text = base64.b64decode(self.file).decode("utf-8-sig")
        except UnicodeDecodeError:
            raise no_text from None
        if "\0" in text:
            raise no_text
        return text

    def _dialect(self, first_line):
        try:
            return csv.Sniffer().sniff(first_line, delimiters=",;\t") if first_line else csv.excel
        except csv.Error:
            raise UserError(
                self.env._("The columns of the first line are not separated by commas, semicolons or tabs.")
            ) from None

    def _is_record_column(self, name):
        field = self.env[self.model_name]._fields.get(name)
        return name in ("odoo_id", "xml_id") or (field is not None and field.store and field.type == "char")

    def _records_by(self, column, values):
        """Return ``{value: record ids}`` of the values of a column that names records."""
        if column == "odoo_id":
            return {value: [int(value)] for value in values if _is_id(value)}
        if column == "xml_id":
            wanted = self.env["ir.model.data"].sudo()
            return {value: self._by_xmlid(wanted, value) for value in values}
        model, found = self.env[self.model_name].sudo().with_context(active_test=False), {}
        for record in model.search_fetch([(column, "in", list(values))], [column]):
            found.setdefault(record[column], []).append(record.id)
        return found

    def _by_xmlid(self, data, value):
        model, record_id = data._xmlid_to_res_model_res_id(value)
        return [record_id] if model == self.model_name else []

    def _from_csv(self, line, remote, value, records):
        place, remote, value = self.env._("line %(number)s", number=line), (remote or "").strip(), (value or "").strip()
        found = records.get(value, [])
        problem = ""
        if not remote:
            problem = self.env._("It names no remote id.")
        elif not value:
            problem = self.env._("It names no Odoo record.")
        elif len(found) > 1:
            problem = self.env._("%(count)s records in Odoo have “%(value)s”.", count=len(found), value=value)
        elif not found:
            problem = self.env._("Odoo has no such record: “%(value)s”.", value=value)
        return Known(place, remote, found[0] if len(found) == 1 else 0, problem)


def _is_id(text):
    """Tell whether a text may be the id of a record: a number that the database takes."""
    return text.isdecimal() and len(text) <= DIGITS and int(text) <= MAX_ID


def _bare(text):
    """Return a text as LIKE takes it literally."""
    return text.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
