-- When did the site see a request, at the latest?
-- Corrects its start. ARGV, more: name of the start, milliseconds
stamp(ARGV[9], now - tonumber(ARGV[10]))
return 0
