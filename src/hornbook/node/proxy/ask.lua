-- For each request: ask the process behind the Unix socket, then go where it says, or say what it
-- says. What it told is kept as metadata of the request; no header carries it, so none can forge
-- it, and no origin sees it. See asked.py and backend.py for the words that go back and forth.
-- The same script runs outside, where clients speak to the proxy, and inside a tunnel that is
-- looked into; who opened the tunnel, and for what, is then filter state of its connection.

local INSIDE = @INSIDE@
local NOT_READY = [==[@NOT_READY@]==]
local ASKED_WITHIN = 6000 -- milliseconds; looking up a name takes 4 s at most
local LONGEST_FORM = 8192

local function line(headers, name, most)
  return string.sub(headers:get(name) or "", 1, most)
end

-- What may be the form of the notice page. A body can only be had before the first call.
local function form(handle, headers)
  local is_form = headers:get(":method") == "POST"
    and string.sub(headers:get(":path") or "", 1, 7) == "/?name="
    and string.sub(headers:get("content-type") or "", 1, 33) == "application/x-www-form-urlencoded"
    and (tonumber(headers:get("content-length") or "") or LONGEST_FORM + 1) <= LONGEST_FORM
  local body = is_form and handle:body()
  return body and body:getBytes(0, math.min(body:length(), LONGEST_FORM)) or ""
end

-- Client, credentials and, inside, the target of the tunnel and the name that TLS asked for.
local function who(handle, headers)
  local info = handle:streamInfo()
  if not INSIDE then
    return info:downstreamDirectRemoteAddress(), line(headers, "proxy-authorization", 300), "", ""
  end
  local told = info:filterState():get("hornbook.told") or ""
  local _, connect, client, credentials = string.match(told, "^([^|]*)|([^|]*)|([^|]*)|(.*)$")
  return client or "", credentials or "", connect or "", info:requestedServerName() or ""
end

local function ask(handle)
  local body = form(handle, handle:headers())
  local headers = handle:headers()
  local client, credentials, connect, sni = who(handle, headers)
  local words = table.concat({
    client,
    headers:get(":method") or "",
    line(headers, ":authority", 300),
    line(headers, ":path", 1500),
    credentials,
    line(headers, "accept", 200),
    line(headers, "origin", 300),
    line(headers, "content-type", 100),
    connect,
    sni,
    handle:streamInfo():downstreamSslConnection() and "https" or "http",
    body,
  }, "\n")
  local told = {[":method"] = "POST", [":path"] = "/verdict", [":authority"] = "hornbook"}
  local reply, answer = handle:httpCall("verdict", told, words, ASKED_WITHIN)
  if reply[":status"] ~= "200" then answer = nil end
  return answer, connect .. "|" .. client .. "|" .. credentials
end

-- The names of the protected set open also when nobody can be asked.
local function is_protected(authority)
  local name = string.lower(string.gsub(authority, ":%d+$", ""))
  local file = io.open("@PROTECTED_FILE@", "r")
  if not file then return false end
  local found = false
  for known in file:lines() do
    if name == known or string.sub(name, -#known - 1) == "." .. known then
      found = true
      break
    end
  end
  file:close()
  return found
end

local function go(handle, way, address, told)
  local metadata = handle:streamInfo():dynamicMetadata()
  metadata:set("hornbook", "way", way)
  if address then metadata:set("hornbook", "address", address) end
  if told then metadata:set("hornbook", "told", told) end
  handle:clearRouteCache()
end

-- Fields that the answer wants the origin to see.
local function change(handle, fields)
  local headers = handle:headers()
  for name, value in string.gmatch(fields, "([%w:-]+): ([^\n]*)") do headers:replace(name, value) end
end

local function say(handle, words)
  local head, body = string.match(words, "^(.-)\n\n(.*)$")
  local status, fields = string.match(head, "^say (%d+)\n?(.*)$")
  local headers = {[":status"] = status}
  for name, value in string.gmatch(fields, "([%w-]+): ([^\n]*)") do headers[name] = value end
  handle:respond(headers, body)
end

function envoy_on_request(handle)
  local authority = handle:headers():get(":authority") or "" -- headers die with the call
  local words, told = ask(handle)
  local verb, address, fields = string.match(words or "", "^(%l+) ?([^\n]*)\n?(.*)$")
  if verb == "go" then
    if fields ~= "" then change(handle, fields) end
    go(handle, "straight", address, INSIDE and told or nil) -- for who looks at the answer
  elseif verb == "look" then
    go(handle, "inside", nil, address .. told)
  elseif verb == "say" then
    say(handle, words)
  elseif not INSIDE and is_protected(authority) then
    go(handle, "protected")
  else
    handle:respond({[":status"] = "503", ["content-type"] = "text/html; charset=utf-8",
      ["cache-control"] = "no-store", ["retry-after"] = "10"}, NOT_READY)
  end
end
