-- POST signed events, each once: FILE has lines "signature TAB body". One more than there are is
-- sent without a signature, so that the run shows an error.
dofile(os.getenv("LUA") .. "/report.lua")
local lines, at = {}, 0
function init()
  for line in io.lines(os.getenv("FILE")) do lines[#lines + 1] = line end
end
function request()
  at = at + 1
  local signature, body = (lines[at] or "\t{}"):match("^([^\t]*)\t(.*)$")
  local headers = { ["Content-Type"] = "application/json", ["X-ML-Signature"] = signature }
  return wrk.format("POST", nil, headers, body)
end
