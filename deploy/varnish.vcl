# Varnish in front of Seuil: a cache of tiles that knows whose they are. The idea is that of
# nginx.conf beside this file; read its first lines.
#
# Varnish has no TLS of its own: put hitch in front (`backend = "[127.0.0.1]:6081"`,
# `write-proxy-v2 = on`) and listen with `-a 127.0.0.1:6081,PROXY`, or nginx. Start it with
#
#     varnishd -a 127.0.0.1:6081,PROXY -f /etc/varnish/seuil.vcl -s malloc,2g \
#              -p http_gzip_support=off
#
# Without `http_gzip_support=off` Varnish would compress and decompress by itself, under one tag.
#
# Logs: varnishlog shows addresses with their tokens and is for the operator alone; log with
# `varnishncsa -F '%t "%{VCL_Log:seuil}x" %s %b %{Varnish:handling}x'`, which hides them.

vcl 4.1;

import std;

backend seuil {
    .host = "127.0.0.1";
    .port = "3000";
}

sub vcl_recv {
    if (req.restarts == 0) {
        # Internal headers: what a client sends under these names is dropped.
        unset req.http.X-Seuil-Scope;
        unset req.http.X-Seuil-Step;
        unset req.http.X-Seuil-Tile;
        unset req.http.X-Seuil-Origin;
        unset req.http.X-Original-URI;
        # Tiles are small, and whole.
        unset req.http.Range;
        # Any run of characters as long as a token is left out, escaped or not.
        std.log("seuil:" + req.method + " " + regsuball(req.url, "[A-Za-z0-9_%-]{40,}", "..."));

        # Documents: Seuil asks who sends one before it reads a byte of it, and bounds the rest.
        if (req.method == "POST" && req.url ~ "^/api/conventions/[^/?]+/documents([?]|$)") {
            return (pass);
        }
        if (req.method != "GET" && req.method != "HEAD") {
            # A body is taken whole before Seuil hears of it: one that never ends holds nothing
            # there. The longest is a sign-in.
            if (!std.cache_req_body(64KB)) {
                return (synth(413));
            }
            return (pass);
        }
        # TileJSON and styles hold the caller's own prefix: only tiles are kept.
        if (req.url !~ "^(/k/[^/?#]+)?/tiles/[^/?#]+/([a-z][a-z0-9_]*/)?[0-9]+/[0-9]+/[0-9]+\.(mvt|pbf)([?#]|$)") {
            return (pass);
        }
        # Gzip or identity, and nothing else.
        if (req.http.Accept-Encoding ~ "(?i)(^|[,\s])(x-)?gzip\s*;\s*q=0(\.0*)?\s*(,|$)") {
            set req.http.Accept-Encoding = "identity";
        } elsif (req.http.Accept-Encoding ~ "(?i)(^|[,\s])(x-)?gzip\s*(;|,|$)") {
            set req.http.Accept-Encoding = "gzip";
        } else {
            set req.http.Accept-Encoding = "identity";
        }
        # The sub-request, with the caller's own credentials.
        set req.http.X-Original-URI = req.url;
        set req.http.X-Seuil-Step = "scope";
        set req.url = "/auth/scope";
        return (pass);
    }
    if (req.http.X-Seuil-Step == "tile") {
        # Without the token and what follows the path, which no tile reads.
        set req.http.X-Seuil-Tile =
            regsub(regsub(req.url, "[?#].*$", ""), "^/k/[^/]+", "");
        return (hash);
    }
    return (pass);
}

sub vcl_hash {
    if (req.http.X-Seuil-Step == "tile") {
        hash_data(req.http.X-Seuil-Scope);
        hash_data(req.http.Accept-Encoding);
        hash_data(req.http.X-Seuil-Origin);
        hash_data(req.http.X-Seuil-Tile);
        return (lookup);
    }
}

sub vcl_backend_response {
    if (bereq.http.X-Seuil-Step == "tile"
        && !bereq.uncacheable
        && (beresp.status == 200 || beresp.status == 204)
        && !beresp.http.Set-Cookie
        && beresp.http.X-Seuil-Scope == bereq.http.X-Seuil-Scope) {
        # The key holds scope, encoding and origin: Vary has nothing to add here. It is given back
        # to the client below.
        unset beresp.http.Vary;
        set beresp.ttl = 7d;
        set beresp.grace = 0s;
        set beresp.keep = 0s;
        return (deliver);
    }
    # Everything else, and an answer whose rights changed since the sub-request, is for this
    # caller alone.
    set beresp.uncacheable = true;
    set beresp.ttl = 0s;
    set beresp.grace = 0s;
    return (deliver);
}

sub vcl_deliver {
    if (req.http.X-Seuil-Step == "scope") {
        set req.url = req.http.X-Original-URI;
        unset req.http.X-Original-URI;
        if (resp.status == 204 && resp.http.X-Seuil-Scope ~ "^[0-9a-f]{64}$") {
            set req.http.X-Seuil-Scope = resp.http.X-Seuil-Scope;
            # The origin of the caller's page, where `serve.cors` allows it; nothing otherwise.
            set req.http.X-Seuil-Origin = resp.http.Access-Control-Allow-Origin;
            set req.http.X-Seuil-Step = "tile";
        } else {
            # Refused: Seuil says so itself, in its own words.
            set req.http.X-Seuil-Step = "refused";
        }
        return (restart);
    }
    if (req.http.X-Seuil-Step == "tile") {
        set resp.http.Vary = "Authorization, Cookie, Accept-Encoding";
    }
    unset resp.http.X-Seuil-Scope;
    unset resp.http.X-Varnish;
    unset resp.http.Via;
}
