-- May one more download begin?
-- Takes a slot and answers 0, or the milliseconds to wait. Stamps no start: `turn` does.
heal()
local blocked = number('blocked')
if blocked > now then return blocked - now end
local half_open = number('level') > 0
-- After a pause one download at a time tries the way, until one of them ends without being refused.
if redis.call('ZCARD', slots) >= (half_open and 1 or concurrency) then return 250 end
local wait = due_in()
if wait > 0 then return wait end
hold()
if half_open then remember('probe', token) end
return 0
