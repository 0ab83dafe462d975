# Part of Integration Hub. License LGPL-3.0 or later.
"""One engine for all vendors: it serves the API that a description (`vendors/<name>/sandbox.json`) describes.

description  what a vendor is, as checked data           router      which route a request is for
mistakes     what may be wrong with that data            access      credentials, tokens given out
template     {holes} in the description's texts          limits      rate limits and their headers
formats      how values are written in them              refusals    errors in the vendor's documents
objects      what happens to a vendor's objects          listing     pages; filters: which records
events       the webhooks that follow from it            operations  what a route may do; forms: its body
vendor       all of them together                        plugin      where a vendor has a language of its own
"""
