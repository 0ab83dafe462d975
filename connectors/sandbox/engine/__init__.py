# Part of Integration Hub. License LGPL-3.0 or later.
"""One engine for all vendors: it serves the API that a description (`vendors/<name>/sandbox.json`) describes.

description  what a vendor is, as checked data           router     which route a request is for
template     {holes} in the description's texts          access     credentials and scopes
refusals     errors in the vendor's documents            limits     rate limits and their headers
objects      what happens to a vendor's objects          listing    pages, filters, envelopes
events       the webhooks that follow from it            operations what a route may do
vendor       all of them together                        plugin     where a vendor has a language of its own
"""
