-- For haproxy-asking.cfg: asks Trivet whether a request may go on, and takes its answer. Nothing to change here.
-- What goes wrong in Lua stops no request by itself: that is why the configuration wants to see txn.trivet_allows.
local trivet = os.getenv("TRIVET_AUTH")

-- Of the caller's headers, what a decision depends on: who it is, and whether a page, a script or a WebSocket wants it.
local ASKED = {
    "authorization", "dpop", "cookie", "accept", "origin", "sec-fetch-site", "sec-fetch-mode",
    "upgrade", "sec-websocket-key", "sec-websocket-version",
}
local ANSWERED = { "location", "www-authenticate", "retry-after", "content-type", "cache-control", "x-request-id" }
local IDENTITY = {
    "x-trivet-user", "x-trivet-username", "x-trivet-client", "x-trivet-scope", "x-trivet-issuer", "x-trivet-identity",
}

-- Values of a header as HAProxy has them, with 0 as the first place, as a list of Lua's.
local function values(headers, name)
    local list = {}
    for place = 0, #(headers[name] or {}) do
        local value = (headers[name] or {})[place]
        if value ~= nil then table.insert(list, value) end
    end
    return list
end

local function question(txn, host)
    local headers = txn.http:req_get_headers()
    local asked = {
        ["x-original-method"] = { txn.f:method() },
        ["x-original-host"] = { host },
        ["x-original-uri"] = { txn.f:url() },
        ["x-forwarded-for"] = { txn.f:src() },
        ["x-forwarded-proto"] = { txn.f:ssl_fc() == 1 and "https" or "http" },
    }
    for _, name in ipairs(ASKED) do
        local list = values(headers, name)
        if #list > 0 then asked[name] = list end
    end
    return asked
end

local function hand_on(txn, headers)
    for _, name in ipairs(IDENTITY) do
        local value = values(headers, name)[1]
        if value ~= nil and value ~= "" then txn.http:req_set_header(name, value) end
    end
    -- The caller's token stays here, and of the cookies those of Trivet.
    txn.http:req_del_header("authorization")
    txn.http:req_del_header("dpop")
    txn.http:req_del_header("cookie")
    local cookie = values(headers, "cookie")[1]
    if cookie ~= nil and cookie ~= "" then txn.http:req_set_header("cookie", cookie) end
    txn:set_var("txn.trivet_allows", true)
end

core.register_action("trivet", { "http-req" }, function(txn, host)
    local answer = core.httpclient():get({ url = trivet, headers = question(txn, host), timeout = 5000 })
    if answer.status == 200 then return hand_on(txn, answer.headers) end
    if answer.status ~= 401 and answer.status ~= 403 then return end
    local location = values(answer.headers, "location")[1]
    -- With 403: the rate limit of a route.
    local status = values(answer.headers, "retry-after")[1] and 429 or answer.status
    local reply = txn:reply({ status = location and 302 or status, body = location and "" or answer.body })
    for _, name in ipairs(ANSWERED) do
        local value = values(answer.headers, name)[1]
        if value ~= nil then reply:add_header(name, value) end
    end
    txn:done(reply)
end, 1)
