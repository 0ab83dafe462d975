# Part of Integration Hub. License LGPL-3.0 or later.
"""What the mappers map to: the framework looks a target up among the model's fields, so these have them all."""

from odoo import fields, models


class Backend(models.AbstractModel):
    _name = "hub.bench.backend"
    _description = "Benchmark: collection of the components"
    _inherit = "collection.base"


class Customer(models.AbstractModel):
    _name = "hub.bench.customer"
    _description = "Benchmark: customer of an order"

    first_name = fields.Char()
    last_name = fields.Char()


class Address(models.AbstractModel):
    _name = "hub.bench.address"
    _description = "Benchmark: address of an order"


class Tax(models.AbstractModel):
    _name = "hub.bench.tax"
    _description = "Benchmark: tax of an order or of a line"

    title = fields.Char()
    rate = fields.Float()
    amount = fields.Char()


class Shipping(models.AbstractModel):
    _name = "hub.bench.shipping"
    _description = "Benchmark: delivery of an order"

    code = fields.Char()
    title = fields.Char()
    price = fields.Char()


class Line(models.AbstractModel):
    _name = "hub.bench.line"
    _description = "Benchmark: line of an order"

    title = fields.Char()
    name = fields.Char()
    quantity = fields.Integer()
    weight_grams = fields.Integer()
    fulfillment_service = fields.Char()


class Order(models.AbstractModel):
    _name = "hub.bench.order"
    _description = "Benchmark: order"

    number = fields.Char()
    reference = fields.Char()
    source = fields.Char()
    gateway = fields.Char()
    browser_ip = fields.Char()
    landing_site = fields.Char()
