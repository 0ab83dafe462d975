# Part of Integration Hub. License LGPL-3.0 or later.
"""Hosting: where a server's settings are written, and how it is started again. Pure."""

import json
from typing import NamedTuple

OWN, SYSTEMD, CONTAINER, ODOO_SH = "own", "systemd", "container", "odoo_sh"
HOSTINGS = (OWN, SYSTEMD, CONTAINER, ODOO_SH)
SECTIONS = ("options", "queue_job", "integration_hub")
PREFIXES = {"options": "ODOO_", "queue_job": "ODOO_QUEUE_JOB_", "integration_hub": "INTEGRATION_HUB_"}
RESTARTS = {
    OWN: "# then restart Odoo",
    SYSTEMD: "# then: sudo systemctl restart odoo",
    CONTAINER: "# then: docker compose up -d",
    ODOO_SH: "# then, in the shell of the branch: odoosh-restart",
}
PLACES = {
    OWN: "# odoo.conf",
    SYSTEMD: "# /etc/odoo/odoo.conf",
    CONTAINER: "# compose.yaml, below the service of Odoo",
    ODOO_SH: "# ~/.config/odoo/odoo.conf",
}


class Setting(NamedTuple):
    """One option of the server's configuration."""

    section: str
    name: str
    value: str


def guess(environ, exists):
    """Return what the server seems to run on; *exists* tells whether a file does."""
    if environ.get("ODOO_STAGE") or exists("/home/odoo/.config/odoo/odoo.conf"):
        return ODOO_SH
    if "KUBERNETES_SERVICE_HOST" in environ or exists("/.dockerenv") or exists("/run/.containerenv"):
        return CONTAINER
    return SYSTEMD if environ.get("INVOCATION_ID") else OWN


def written(settings, hosting, place=""):
    """Return the settings as somebody copies them into this hosting's configuration, and how to restart.

    :param place: the file that the server reads, where it is known
    """
    lines = _environment(settings) if hosting == CONTAINER else _sections(settings)
    where = f"# {place}" if place and hosting in (OWN, SYSTEMD) else PLACES[hosting]
    return "\n".join([where, *lines, RESTARTS[hosting]])


def _sections(settings):
    for section in SECTIONS:
        if own := [setting for setting in settings if setting.section == section]:
            yield f"[{section}]"
            yield from (f"{setting.name} = {setting.value}" for setting in own)


def _environment(settings):
    """Odoo, queue_job and the hub take each option from the process environment before the file."""
    yield "environment:"
    for setting in sorted(settings, key=lambda setting: SECTIONS.index(setting.section)):
        yield f"  {PREFIXES[setting.section]}{setting.name.upper()}: {json.dumps(setting.value)}"
