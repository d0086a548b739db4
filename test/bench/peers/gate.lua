local ffi = require('ffi')
ffi.cdef('unsigned char *SHA256(const unsigned char *d, size_t n, unsigned char *md);')
local crypto = ffi.load('libcrypto.so.3')

local LIMIT, WINDOW, REMEMBERED = 1000000000, 60, 10
local remembered = {}
local gate = {}

local function sha256(text)
  local digest = ffi.new('unsigned char[32]')
  crypto.SHA256(text, #text, digest)
  return (ffi.string(digest, 32):gsub('.', function(c) return string.format('%02x', c:byte()) end))
end

function gate.init(hash)
  ngx.shared.keys:set(hash, 'bench')
end

local function find(key)
  local known = remembered[key]
  if known and known.untilTime > ngx.now() then return known.id end
  local id = ngx.shared.keys:get(sha256(key))
  if id then remembered[key] = { id = id, untilTime = ngx.now() + REMEMBERED } end
  return id
end

function gate.admit()
  local key = ngx.req.get_headers()['x-api-key']
  local id = type(key) == 'string' and find(key)
  if not id then
    ngx.header['WWW-Authenticate'] = 'ApiKey'
    return ngx.exit(401)
  end
  local now = ngx.now()
  local cell = math.floor(now / WINDOW)
  local counters = ngx.shared.counters
  local count = counters:incr(id .. cell, 1, 0, 2 * WINDOW)
  local passed = (now % WINDOW) / WINDOW
  local used = count + (counters:get(id .. (cell - 1)) or 0) * (1 - passed)
  ngx.ctx.remaining = math.max(0, math.floor(LIMIT - used))
  ngx.ctx.reset = math.max(1, math.ceil(WINDOW - now % WINDOW))
  if used > LIMIT then return ngx.exit(429) end
end

function gate.tell()
  if not ngx.ctx.remaining then return end
  ngx.header['RateLimit-Policy'] = '"rate-limit";q=' .. LIMIT .. ';w=' .. WINDOW
  ngx.header['RateLimit'] = '"rate-limit";r=' .. ngx.ctx.remaining .. ';t=' .. ngx.ctx.reset
end

return gate
