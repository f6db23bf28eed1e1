-- POST deposits, each with an Idempotency-Key of its own, to ACCOUNTS accounts at random (1: always
-- the same). From outside: PATH_FORMAT with one %s for the account, BODY, HEADER "name: value", RUN
-- (makes keys differ between runs).
dofile(os.getenv("LUA") .. "/report.lua")
local sent, headers, accounts, path = 0, {}, 0, ""
function init()
  local name, value = os.getenv("HEADER"):match("^([^:]+): (.*)$")
  headers = { ["Content-Type"] = "application/json", [name] = value }
  accounts, path = tonumber(os.getenv("ACCOUNTS")), os.getenv("PATH_FORMAT")
  math.randomseed(os.time())
end
function request()
  sent = sent + 1
  headers["Idempotency-Key"] = os.getenv("RUN") .. "-" .. sent
  local account = string.format("00000000-0000-4000-8000-%012d", math.random(0, accounts - 1))
  return wrk.format("POST", path:format(account), headers, os.getenv("BODY"))
end
