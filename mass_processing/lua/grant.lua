-- May one start now? Answers 0 and takes a slot, or the milliseconds to wait. Reserves nothing: a dead asker wastes nothing.
-- KEYS: state (hash: last, blocked, level), starts (list, newest first), slots (zset: token -> end of lease)
-- ARGV: token, min gap, cap, window, concurrency, lease, longest pause (all times in milliseconds)
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local token = ARGV[1]
local gap, cap, window = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local concurrency, lease, longest = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
local keep = 86400000

local function remember(field, value)
  redis.call('HSET', KEYS[1], field, string.format('%.0f', value))
  redis.call('PEXPIRE', KEYS[1], keep)
end

local last = tonumber(redis.call('HGET', KEYS[1], 'last') or '')
if not last then
  -- Nothing is known (first start ever, or all was flushed): somebody may have started just now.
  remember('last', now)
  return math.max(gap, 1)
end
if last > now then
  -- The clock went back. Nothing may lie further ahead than it could have been set.
  last = now
  remember('last', now)
  redis.call('DEL', KEYS[2])
  for _, held in ipairs(redis.call('ZRANGEBYSCORE', KEYS[3], now + lease, '+inf')) do
    redis.call('ZADD', KEYS[3], now + lease, held)
  end
end
local blocked = tonumber(redis.call('HGET', KEYS[1], 'blocked') or '0')
if blocked > now + longest then
  blocked = now + longest
  remember('blocked', blocked)
end
if blocked > now then return blocked - now end

redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', now)
local level = tonumber(redis.call('HGET', KEYS[1], 'level') or '0')
-- After a pause one download at a time tries the way, until one of them ends without a new pause.
if level > 0 then concurrency = 1 end
if redis.call('ZCARD', KEYS[3]) >= concurrency then return 250 end

local wait = last + gap - now
local oldest = redis.call('LINDEX', KEYS[2], cap - 1)
if oldest then wait = math.max(wait, oldest + window - now) end
if wait > 0 then return math.min(wait, math.max(window, gap)) end

remember('last', now)
redis.call('LPUSH', KEYS[2], string.format('%.0f', now))
redis.call('LTRIM', KEYS[2], 0, cap - 1)
redis.call('PEXPIRE', KEYS[2], keep)
redis.call('ZADD', KEYS[3], now + lease, token)
redis.call('PEXPIRE', KEYS[3], keep)
return 0
