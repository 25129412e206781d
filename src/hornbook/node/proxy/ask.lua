-- For each request: ask the process behind the Unix socket, then go where it says, or say what it
-- says. What it told is kept as metadata of the request; no header carries it, so none can forge
-- it, and no origin sees it. See asked.py and backend.py for the words that go back and forth.
-- The same script runs outside, where clients speak to the proxy, and inside a tunnel that is
-- looked into; who opened the tunnel, and for what, is then filter state of its connection.
-- An answer that says so is remembered until its second is over (memory.py). What is answered from
-- memory is told in a log of Envoy's own; of many in one second, each 16th tells of those before it,
-- and the next question brings the rest.

local INSIDE = @INSIDE@
local NEGOTIATES = @NEGOTIATES@ -- whether tickets of Kerberos are taken
local LONGEST_TICKET = 32000
local MOST_KNOWN = 20000 -- connections of which is known who showed a ticket on them
local NOT_READY = [==[@NOT_READY@]==]
local SHIPPED = [==[
@SHIPPED@
]==] -- the protected set of every district; that of the last publication is in a file
local ASKED_WITHIN = 6000 -- milliseconds; looking up a name takes 4 s at most
local LONGEST_FORM = 8192
local OWN = "/hornbook-" -- paths that the filter answers itself: never from memory
local MOST = 20000 -- answers that are remembered in one second

-- What around.py looks for; a path with one of these is always asked about.
local ODD = {"dns-query", "/resolve?", "nph-proxy", "browse.php", "aHR0c", "/uv/", "scramjet",
  "rammerhead", "/bare/", "/wisp/", "__cpo="}
local SINGLY, TOGETHER = 4, 16

local open, said, count, second, generation = {}, {}, 0, 0, ""
local known, knows = {}, 0 -- connection → {login, when that ends}
local late = {} -- mark → requests that nobody has been told of yet

local function line(headers, name, most)
  return string.sub(headers:get(name) or "", 1, most)
end

-- What may be the form of the notice page. A body can only be had before the first call.
local function form(handle, headers, method, path)
  local is_form = method == "POST"
    and string.sub(path, 1, 7) == "/?name="
    and string.sub(headers:get("content-type") or "", 1, 33) == "application/x-www-form-urlencoded"
    and (tonumber(headers:get("content-length") or "") or LONGEST_FORM + 1) <= LONGEST_FORM
  local body = is_form and handle:body()
  return body and body:getBytes(0, math.min(body:length(), LONGEST_FORM)) or ""
end

-- How the client came, as who.py reads it: of the connection, so no client can write it.
local function door(info)
  local tls = info:downstreamSslConnection()
  if not tls then return "" end
  if not tls:peerCertificatePresented() then return "tls" end
  return tls:peerCertificateValidated() and tls:sha256PeerCertificateDigest() or "bad"
end

-- A ticket is shown once for a connection of HTTP/1.1 (RFC 4559, 6). Over HTTP/2, and where another
-- proxy stands before, the next request may be somebody else's: there each shows its own.
local function connection(info, headers)
  if not NEGOTIATES or info:protocol() == "HTTP/2" then return nil end
  for _, name in ipairs({"via", "forwarded", "x-forwarded-for"}) do
    if headers:get(name) then return nil end
  end
  return info:filterState():get("hornbook.connection")
end

local function has_ticket(credentials)
  return string.lower(string.sub(credentials, 1, 9)) == "negotiate"
end

-- Whatever a request says of who asks counts more than what was shown before, and ends that.
local function before(on, said)
  local found = on and known[on]
  if not found then return "" end
  if said == "" and found[2] > os.time() then return found[1] end
  known[on] = nil
  return ""
end

-- Who asks (who.py), and the connection that a ticket would hold for.
local function outside(info, headers)
  local address = info:downstreamDirectRemoteAddress()
  local client = string.match(address, "^(.*):%d+$") or address
  local said = headers:get("proxy-authorization") or ""
  if has_ticket(said) and not NEGOTIATES then said = "" end
  local on = connection(info, headers)
  local most = has_ticket(said) and LONGEST_TICKET or 300
  return {client, door(info), before(on, said), string.sub(said, 1, most)}, on
end

-- Who asks, the target of the tunnel and the name that TLS asked for in it.
local function inside(info)
  local told = info:filterState():get("hornbook.told") or ""
  local _, connect, asks = string.match(told, "^([^|]*)|([^|]*)|(.*)$")
  return {asks or ""}, connect or "", info:requestedServerName() or ""
end

-- The first line of an answer may say whose the ticket was. It goes no further itself, good or bad.
local function greeted(words, asks, on)
  if INSIDE or not has_ticket(asks[4]) then return words end
  asks[4] = "Negotiate"
  local login, ends, rest = string.match(words or "", "^login (%S+) (%d+)\n(.*)$")
  if not login then return words end
  asks[3], asks[4] = login, ""
  if on then
    if knows >= MOST_KNOWN then known, knows = {}, 0 end
    known[on], knows = {login, tonumber(ends)}, knows + 1
  end
  return rest
end

-- The kind of answer that fits. Scripts, styles and data ask for "*/*" as well as pages do; inside
-- HTTPS browsers say what a request is for (Fetch Metadata), and some libraries that it is data.
local PAGES = {document = true, iframe = true, frame = true, embed = true, object = true}
local FITS = {empty = "application/json", image = "image/*"}
local function wanted(headers)
  local accept = line(headers, "accept", 200)
  if accept ~= "" and accept ~= "*/*" then return accept end
  local dest = headers:get("sec-fetch-dest")
  if dest and not PAGES[dest] then return FITS[dest] or "text/plain" end
  return headers:get("x-requested-with") and "application/json" or accept
end

local function ask(handle, words)
  local told = {[":method"] = "POST", [":path"] = "/verdict", [":authority"] = "hornbook"}
  local reply, answer = handle:httpCall("verdict", told, words, ASKED_WITHIN)
  if reply[":status"] ~= "200" then return nil end
  return answer
end

local function is_among(name, lines)
  for known in string.gmatch(lines, "[^\n]+") do
    if name == known or string.sub(name, -#known - 1) == "." .. known then return true end
  end
  return false
end

-- The names of the protected set open also when nobody can be asked.
local function is_protected(authority)
  local name = string.gsub(string.gsub(string.lower(authority), ":%d+$", ""), "%.$", "")
  if is_among(name, SHIPPED) then return true end
  local file = io.open("@PROTECTED_FILE@", "r")
  local published = file and file:read("*a") or ""
  if file then file:close() end
  return is_among(name, published)
end

-- Straight to an address is the way of all that names no other. A verb that is no plain "go" is
-- its own way outside; ``asker`` is for who looks at the answer, or at what a tunnel begins with.
local function go(handle, address, verb, asker, rows)
  local metadata = handle:streamInfo():dynamicMetadata()
  metadata:set("hornbook", "address", address)
  if INSIDE or verb ~= "go" then
    metadata:set("hornbook", "way", INSIDE and "straight" or verb)
    metadata:set("hornbook", "asker", asker)
  end
  if not INSIDE and verb ~= "go" then handle:clearRouteCache() end
  if rows then metadata:set("hornbook", "row", rows) end
end

local function turn(handle, way, told)
  local metadata = handle:streamInfo():dynamicMetadata()
  metadata:set("hornbook", "way", way)
  if told then metadata:set("hornbook", "told", told) end
  handle:clearRouteCache()
end

-- Fields that the answer wants the origin to see.
local function change(handle, fields)
  local headers = handle:headers()
  for name, value in string.gmatch(fields, "([%w:-]+): ([^\n]*)") do headers:replace(name, value) end
end

local function say(handle, headers, body, rows)
  if rows then handle:streamInfo():dynamicMetadata():set("hornbook", "said", rows) end
  handle:respond(headers, body)
end

local function parted(words)
  local head, body = string.match(words, "^(.-)\n\n(.*)$")
  local status, fields = string.match(head, "^say (%d+)\n?(.*)$")
  local headers = {[":status"] = status}
  for name, value in string.gmatch(fields, "([%w-]+): ([^\n]*)") do
    headers[name] = headers[name] and {headers[name], value} or value
  end
  return headers, body
end

-- Whether the answer may depend on more than place and person: never from memory.
local function is_odd(method, path, accept)
  if method == "CONNECT" or string.sub(path, 1, 7) == "/?name=" then return true end
  if string.sub(path, 1, #OWN) == OWN or string.find(accept, "dns-message", 1, true) then
    return true
  end
  for _, mark in ipairs(ODD) do
    if string.find(path, mark, 1, true) then return true end
  end
  return false
end

-- A new second or other rules: nothing that was remembered holds any more.
local function begin(now, new)
  if now ~= second or new ~= generation or count > MOST then
    open, said, count, second, generation = {}, {}, 0, now, new
  end
end

local GOES = {go = true, peek = true, scan = true}

-- ``key`` is nil for what must not be remembered.
local function obey(handle, words, key, accept, told, asker)
  local at, new, mark, rest = string.match(words, "^keep (%d+) (%d+) (%x+)\n(.*)$")
  local keep = key and at and tonumber(at) == os.time()
  if at then words = rest end
  if keep then
    begin(tonumber(at), new)
    count = count + 1
  end
  local verb, address, fields = string.match(words, "^(%l+) ?([^\n]*)\n?(.*)$")
  if GOES[verb] then
    if keep then open[key] = {address, fields, mark, 0, verb} end
    if fields ~= "" then change(handle, fields) end
    go(handle, address, verb, asker)
  elseif verb == "look" then
    turn(handle, "inside", address .. told)
  elseif verb == "say" then
    local headers, body = parted(words)
    if keep then said[key .. accept] = {headers, body, mark, 0} end
    say(handle, headers, body)
  else
    return false
  end
  return true
end

-- What the log is told of a request that was answered from memory: "mark:count", or nothing yet.
local function counted(found)
  local mark = found[3]
  found[4] = found[4] + 1
  local waiting = (late[mark] or 0) + 1
  if found[4] > SINGLY and found[4] % TOGETHER ~= 0 then
    late[mark] = waiting
    return nil
  end
  late[mark] = nil
  return mark .. ":" .. waiting
end

-- All that nobody has been told of yet, for the next question.
local function overdue()
  if not next(late) then return "" end
  local told = {}
  for mark, waiting in pairs(late) do told[#told + 1] = mark .. ":" .. waiting end
  late = {}
  return table.concat(told, " ")
end

-- What was told of the same request in this second; false when it must be asked.
local function recall(handle, key, accept, asker)
  if os.time() ~= second then return false end
  local found = open[key]
  if found then
    if found[2] ~= "" then change(handle, found[2]) end
    go(handle, found[1], found[5], asker, counted(found))
    return true
  end
  found = said[key .. accept]
  if found then say(handle, found[1], found[2], counted(found)) end
  return found ~= nil
end

function envoy_on_request(handle)
  local headers, info = handle:headers(), handle:streamInfo()
  local method, path = headers:get(":method") or "", line(headers, ":path", 1500)
  local authority, accept = line(headers, ":authority", 300), wanted(headers)
  local asks, on, connect, sni
  if INSIDE then asks, connect, sni = inside(info) else asks, on = outside(info, headers) end
  connect, sni = connect or "", sni or ""
  local scheme = INSIDE and info:downstreamSslConnection() and "https" or "http"
  local kind = (method == "GET" or method == "HEAD") and "G" or method
  local who, place = table.concat(asks, "|"), INSIDE and connect or authority
  local may_recall = not is_odd(method, path, accept) and not has_ticket(asks[4] or "")
  local key = may_recall
    and table.concat({who, kind, authority, connect, sni, scheme}, "\n") or nil
  if key and recall(handle, key, accept, place .. "|" .. who) then return end
  local origin, content = line(headers, "origin", 300), line(headers, "content-type", 100)
  local body = form(handle, headers, method, path)
  local words = ask(handle, table.concat({who, method, authority, path, accept, origin, content,
    connect, sni, scheme, overdue(), body}, "\n"))
  words = greeted(words, asks, on)
  who = table.concat(asks, "|")
  if words and obey(handle, words, key, accept, connect .. "|" .. who, place .. "|" .. who) then
    return
  end
  if not INSIDE and is_protected(authority) then
    turn(handle, "protected")
  else
    handle:respond({[":status"] = "503", ["content-type"] = "text/html; charset=utf-8",
      ["cache-control"] = "no-store", ["retry-after"] = "10"}, NOT_READY)
  end
end
