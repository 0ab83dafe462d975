-- Part of Integration Hub. License LGPL-3.0 or later.
-- What business records say, each time that changes: a partner's `phone` and the `note` of an order carry the traffic's
-- marks, `<key>/<sequence number>`.
CREATE TABLE hub_chaos_effect (
    id bigserial PRIMARY KEY, at timestamptz NOT NULL DEFAULT clock_timestamp(), tx bigint NOT NULL DEFAULT txid_current(),
    operation varchar NOT NULL,
    model varchar NOT NULL, res_id integer NOT NULL, identity varchar, mark varchar);

CREATE FUNCTION hub_chaos_mark(text) RETURNS text LANGUAGE sql IMMUTABLE
    AS $$ SELECT substring($1 FROM '[a-z]+[0-9]+/[0-9]+') $$;

CREATE FUNCTION hub_chaos_partner() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO hub_chaos_effect (operation, model, res_id, identity, mark)
    VALUES (lower(TG_OP), 'res.partner', NEW.id, coalesce(NEW.email, NEW.website), hub_chaos_mark(NEW.phone));
    RETURN NULL;
END $$;
CREATE TRIGGER hub_chaos_partner_created AFTER INSERT ON res_partner FOR EACH ROW
    WHEN (NEW.email LIKE '%chaos.example' OR NEW.website LIKE '%chaos.example') EXECUTE FUNCTION hub_chaos_partner();
CREATE TRIGGER hub_chaos_partner_changed AFTER UPDATE ON res_partner FOR EACH ROW
    WHEN (hub_chaos_mark(NEW.phone) IS DISTINCT FROM hub_chaos_mark(OLD.phone)) EXECUTE FUNCTION hub_chaos_partner();

CREATE FUNCTION hub_chaos_order() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO hub_chaos_effect (operation, model, res_id, identity, mark)
    VALUES (lower(TG_OP), 'sale.order', NEW.id, NEW.client_order_ref, hub_chaos_mark(NEW.note));
    RETURN NULL;
END $$;
CREATE TRIGGER hub_chaos_order_created AFTER INSERT ON sale_order FOR EACH ROW
    WHEN (hub_chaos_mark(NEW.note) IS NOT NULL) EXECUTE FUNCTION hub_chaos_order();
CREATE TRIGGER hub_chaos_order_changed AFTER UPDATE ON sale_order FOR EACH ROW
    WHEN (hub_chaos_mark(NEW.note) IS DISTINCT FROM hub_chaos_mark(OLD.note)) EXECUTE FUNCTION hub_chaos_order();

-- When each message of the log came, and each of its tries ended: for how long the work stood still, not for what is right.
CREATE TABLE hub_chaos_trace (
    id bigserial PRIMARY KEY, at timestamptz NOT NULL DEFAULT clock_timestamp(), tx bigint NOT NULL DEFAULT txid_current(),
    event_id integer NOT NULL,
    unit varchar NOT NULL, key varchar, state varchar NOT NULL, tries integer NOT NULL);

CREATE FUNCTION hub_chaos_trace() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO hub_chaos_trace (event_id, unit, key, state, tries)
    VALUES (NEW.id, NEW.endpoint_id || ':' || NEW.direction || ':' || NEW.slot, NEW.partition_key, NEW.state, coalesce(NEW.attempt_count, 0));
    RETURN NULL;
END $$;
CREATE TRIGGER hub_chaos_trace_new AFTER INSERT ON integration_event FOR EACH ROW EXECUTE FUNCTION hub_chaos_trace();
CREATE TRIGGER hub_chaos_trace_tried AFTER UPDATE ON integration_event FOR EACH ROW
    WHEN (NEW.state IS DISTINCT FROM OLD.state OR NEW.attempt_count IS DISTINCT FROM OLD.attempt_count)
    EXECUTE FUNCTION hub_chaos_trace();
