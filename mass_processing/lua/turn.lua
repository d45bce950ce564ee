-- May the site be asked for a page now?
-- Stamps the start and answers 0, or the milliseconds to wait; -1: the slot is lost, -2: the way was paused since the
-- download began. ARGV, more: name of the start, whether a slot may be taken regardless
heal()
if not redis.call('ZSCORE', slots, token) then
  if redis.call('ZCARD', slots) >= concurrency and ARGV[10] ~= '1' then return -1 end
  hold()
end
if number('blocked') > now or (number('level') > 0 and redis.call('HGET', state, 'probe') ~= token) then return -2 end
local wait = due_in()
if wait > 0 then return wait end
-- Nobody knows yet when the request will leave; `seen` corrects it, and a killed asker delays the others by no more.
stamp(ARGV[9], now + assumed)
return 0
