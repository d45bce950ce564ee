-- The site refused a post: must everybody pause, and for how long?
-- Answers the milliseconds, or 0 where it may be about the post alone.
-- ARGV, more: video, milliseconds the site asked for (-1: it said nothing, and may mean the post), first pause
local video, asked, first = ARGV[9], tonumber(ARGV[10]), tonumber(ARGV[11])
local before, level, blocked = redis.call('HGET', state, 'refused'), number('level'), number('blocked')
if blocked > now then
  -- Downloads that were running when the pause began count as one.
  blocked = math.max(blocked, now + math.min(asked, longest))
elseif asked >= 0 or redis.call('HGET', state, 'probe') == token or (before and before ~= video) then
  blocked = now + math.min(math.max(asked, first * 2 ^ level), longest)
  remember('level', math.min(level + 1, 16))
  redis.call('HDEL', state, 'refused', 'probe')
else
  remember('refused', before or video)
  return 0
end
remember('blocked', blocked)
return blocked - now
