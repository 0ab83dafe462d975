# Part of Integration Hub. License LGPL-3.0 or later.
"""A record beside what another system has of it: both as the business object that the two sides agree on."""

from odoo.exceptions import UserError

from ..connectors.errors import HubError
from .connection import open_connector
from .mapping_words import shown
from .record_reader import RecordReader
from .record_words import label

HOUSEKEEPING = ("id", "updated_at", "created_at")


def compared(record, system, before_asking):
    """Return ``[{"label", "here", "there", "same"}]``, what differs first. Raises UserError: it cannot be compared.

    :param system: as the user, who may see what messages carry
    :param before_asking: called when all is read that the database has, and the other system is to be asked
    """
    env, system = record.env, system.sudo()
    mine = [("system_id", "=", system.id), ("res_model", "=", record._name), ("res_id", "=", record.id)]
    link = env["integration.binding"].sudo().search([*mine, ("deleted_at", "=", False)], limit=1)
    if not link:
        names = {"record": record.display_name, "system": system.name}
        raise UserError(env._("%(record)s is not linked with %(system)s.", **names))
    flows = system.flow_ids.filtered(lambda flow: flow.entity_id == link.entity_id and flow.model_name == record._name)
    inward = flows.filtered(lambda flow: flow.direction == "inbound")[:1]
    outward = flows.filtered(lambda flow: flow.direction == "outbound")[:1]
    if not inward:
        raise UserError(env._("No flow brings this into Odoo, so that nothing says what is to be compared."))
    hop = _hop(record, outward, link)
    here, labels = _here(record, hop, system), _labels(record, hop)
    there = _there(system, inward, link, before_asking)
    return _rows(env, here, there, labels)


def _there(system, flow, link, before_asking):
    """Return the business object of what the other system has now."""
    env, name = system.env, system.name
    endpoint = system._endpoint("outbound")
    if not endpoint:
        raise UserError(env._("%(system)s has no API endpoint in this environment.", system=name))
    try:
        connector, kind, external_id = open_connector(endpoint, "test"), flow.object_type, link.external_id
        read = flow.mapping_id._compiled()[1]
        before_asking()
        document = connector.fetch(kind, external_id)
        if document is None:
            raise UserError(env._("%(system)s has no longer what this record is linked with.", system=name))
        return read.apply(document)
    except HubError as error:
        raise UserError(system._hub_error_text(error)) from error


def _hop(record, outward, link):
    """Return the mapping by which a flow sends the record, else the one that is shipped."""
    hop = outward.record_mapping_id
    return hop or record.env["integration.mapping"].sudo()._record_hop(link.entity_id.code, record._name, "outbound")


def _here(record, hop, system):
    """Return the business object that the record is, with what the system calls things."""
    compiled = hop._compiled()[1]
    try:
        told = record.env["integration.value.map"]._sent(system.id)
        return compiled.run(RecordReader(record, compiled.sources, told).document(record))[0]
    except HubError as error:
        raise UserError(record.env["integration.system"]._hub_error_text(error)) from error


def _labels(record, hop):
    """Return ``{leaf of the business object: what people call the field that it is read from}``, parts of one apart."""
    lines = hop.version_id.line_ids.filtered(lambda line: line.target and line.source)
    read = lines.mapped("source")
    return {line.target: label(record, line.source) for line in lines if read.count(line.source) == 1}


def _rows(env, here, there, labels):
    ours, theirs = _leaves(here), _leaves(there)
    rows = []
    for path in dict.fromkeys([*ours, *theirs]):
        if path.rpartition(".")[2] in HOUSEKEEPING or path not in ours or path not in theirs:
            continue  # what only one side speaks of cannot differ
        one, other = shown(env, ours[path]), shown(env, theirs[path])
        if one or other:
            rows.append(
                {
                    "path": path,
                    "label": labels.get(path) or _plain(path),
                    "here": one,
                    "there": other,
                    "same": one == other,
                }
            )
    return sorted(rows, key=lambda row: row["same"])


def _leaves(document, path=""):
    """Return ``{dotted path: value}`` of what is in a document; a list counts by what it comes to."""
    found = {}
    for name, value in document.items():
        place = f"{path}.{name}" if path else name
        if isinstance(value, dict):
            found |= _leaves(value, place)
        else:
            found[place] = value
    return found


def _plain(path):
    words = path.replace("_", " ").split(".")
    return ": ".join(word[:1].upper() + word[1:] for word in words)
