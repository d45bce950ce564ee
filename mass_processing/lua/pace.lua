-- What does every script of the pace begin with? One of the others follows.
-- All times are milliseconds of Redis' own clock.
-- KEYS: state (hash: since, run, blocked, level, probe, refused), starts (zset: start -> time), slots (zset: token -> end of lease)
-- ARGV: token of the download, min gap, cap, window, concurrency, lease, longest pause, longest time from a turn to its request
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local state, starts, slots = KEYS[1], KEYS[2], KEYS[3]
local token = ARGV[1]
local gap, cap, window = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local concurrency, lease, longest, assumed = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])
local keep = 86400000 + math.max(gap, window)

local function number(field) return tonumber(redis.call('HGET', state, field) or '') or 0 end

local function remember(field, value)
  redis.call('HSET', state, field, type(value) == 'number' and string.format('%.0f', value) or value)
  redis.call('PEXPIRE', state, keep)
end

local function stamp(start, at)
  redis.call('ZADD', starts, string.format('%.0f', at), start)
  redis.call('PEXPIRE', starts, keep)
end

local function hold()
  redis.call('ZADD', slots, string.format('%.0f', now + lease), token)
  redis.call('PEXPIRE', slots, keep)
end

local function newest()
  return tonumber(redis.call('ZRANGE', starts, -1, -1, 'WITHSCORES')[2] or '') or 0
end

-- Another server process may have lost the last second of what the one before it knew; one that may not say is taken as the same.
local function server()
  local answered, about = pcall(redis.call, 'INFO', 'server')
  return answered and type(about) == 'string' and string.match(about, 'run_id:(%w+)') or 'unknown'
end

-- Nothing may lie further ahead than it could have been set, or else the clock went back; what isn't known may have been just now.
local function heal()
  local ahead = newest() > now + assumed or number('since') > now
  if ahead then
    redis.call('DEL', starts)
    for _, held in ipairs(redis.call('ZRANGEBYSCORE', slots, now + lease, '+inf')) do
      redis.call('ZADD', slots, string.format('%.0f', now + lease), held)
    end
  end
  if number('blocked') > now + longest then remember('blocked', now + longest) end
  local run = server()
  if ahead or number('since') == 0 or redis.call('HGET', state, 'run') ~= run then
    remember('since', now)
    remember('run', run)
  end
  redis.call('ZREMRANGEBYSCORE', starts, '-inf', string.format('%.0f', now - math.max(gap, window)))
  redis.call('ZREMRANGEBYSCORE', slots, '-inf', string.format('%.0f', now))
end

-- Milliseconds until one more may start; 0 and less is now.
local function due_in()
  local wait = math.max(number('since'), gap > 0 and newest() or 0) + gap - now
  local oldest = redis.call('ZRANGE', starts, -cap, -cap, 'WITHSCORES')[2]
  if oldest then wait = math.max(wait, tonumber(oldest) + window - now) end
  return math.min(wait, math.max(window, gap))
end
