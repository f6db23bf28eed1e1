-- POST {symbol, horizon} as a user, over all symbols and horizons in turn. TOKEN and SYMBOLS come
-- from outside.
dofile(os.getenv("LUA") .. "/report.lua")
local requests, at = {}, 0
function init()
  local headers = { ["Content-Type"] = "application/json",
                    ["Authorization"] = "Bearer " .. os.getenv("TOKEN") }
  for symbol in os.getenv("SYMBOLS"):gmatch("[^,]+") do
    for _, horizon in ipairs({ 6, 18, 36, 72 }) do
      local body = string.format('{"symbol":"%s","horizon":%d}', symbol, horizon)
      requests[#requests + 1] = wrk.format("POST", nil, headers, body)
    end
  end
end
function request()
  at = at % #requests + 1
  return requests[at]
end
