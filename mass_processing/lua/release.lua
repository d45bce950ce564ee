-- Gives a slot back. The download that tries a way after its pause, and ends without a new pause, opens the way again.
-- KEYS: state, slots   ARGV: token, lease
local ends = redis.call('ZSCORE', KEYS[2], ARGV[1])
if not ends then return 0 end
redis.call('ZREM', KEYS[2], ARGV[1])
local blocked = tonumber(redis.call('HGET', KEYS[1], 'blocked') or '0')
if ends - ARGV[2] >= blocked then redis.call('HDEL', KEYS[1], 'level', 'blocked') end
return 1
