# Part of Integration Hub. License LGPL-3.0 or later.
"""What a method returns to have the web client open something."""


def form_of(model, res_id, **more):
    """Return the action that opens a record's form; *more* are members of it."""
    return {"type": "ir.actions.act_window", "res_model": model, "res_id": res_id, "view_mode": "form", **more}
