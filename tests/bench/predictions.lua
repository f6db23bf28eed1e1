-- POST /predictions over all symbols and horizons in turn. KEY and SYMBOLS come from outside.
local requests, at = {}, 0
function init()
  local headers = { ["Content-Type"] = "application/json", ["X-API-Key"] = os.getenv("KEY") }
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
