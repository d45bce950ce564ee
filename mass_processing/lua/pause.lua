-- Pauses a way out: the first time as long as the site asked (or `first`), then twice, four times … `first`, never less than
-- it asked. Answers the milliseconds.
-- KEYS: state   ARGV: asked, first pause, longest pause
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local asked, first, longest = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local blocked = tonumber(redis.call('HGET', KEYS[1], 'blocked') or '0')
local level = tonumber(redis.call('HGET', KEYS[1], 'level') or '0')
local pause = asked
if blocked <= now then
  -- Downloads that were running when the pause began count as one.
  if level > 0 or asked <= 0 then pause = math.max(asked, first * 2 ^ level) end
  level = math.min(level + 1, 16)
end
blocked = math.max(blocked, now + math.min(pause, longest))
redis.call('HSET', KEYS[1], 'blocked', string.format('%.0f', blocked), 'level', level)
redis.call('PEXPIRE', KEYS[1], 86400000)
return blocked - now
