-- Part of Integration Hub. License LGPL-3.0 or later.
-- wrk: signed Shopify webhooks, each with an id of its own, over many orders.
-- Arguments: the file of "signature<TAB>body" lines, and a word that no other run's ids begin with.
local wrk_method, deliveries, prefix, sent = "POST", {}, "", 0

function init(args)
   for line in io.lines(args[1]) do
      local signature, body = line:match("^(.-)\t(.*)$")
      deliveries[#deliveries + 1] = {signature = signature, body = body}
   end
   prefix = args[2]
end

function request()
   sent = sent + 1
   local delivery = deliveries[(sent - 1) % #deliveries + 1]
   return wrk.format(wrk_method, nil, {
      ["Content-Type"] = "application/json",
      ["User-Agent"] = "Shopify-Captain-Hook",
      ["X-Shopify-Topic"] = "orders/create",
      ["X-Shopify-Shop-Domain"] = "bench.myshopify.com",
      ["X-Shopify-Hmac-Sha256"] = delivery.signature,
      ["X-Shopify-Webhook-Id"] = prefix .. "-" .. sent,
   }, delivery.body)
end

function done(summary, latency, requests)
   local errors = summary.errors
   io.stdout:write(string.format(
      '\n{"requests": %d, "microseconds": %d, "p50": %d, "p99": %d, "refused": %d, "broken": %d}\n',
      summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
      errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
