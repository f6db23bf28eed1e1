-- One line of JSON when wrk has ended; latencies in milliseconds.
function done(summary, latency)
  local e = summary.errors
  local function at(q) return latency:percentile(q) / 1e3 end
  io.write(string.format(
    'REPORT {"rate":%.0f,"acknowledged":%d,"failed":%d,"p50_ms":%.3f,"p99_ms":%.3f,"p999_ms":%.3f}\n',
    summary.requests / (summary.duration / 1e6), summary.requests,
    e.connect + e.read + e.write + e.status + e.timeout, at(50), at(99), at(99.9)))
end
