-- wrk's side: a signed callback for each line of a file, from a byte offset on, so that no body comes twice.
-- Arguments: the path with its signed query, the file, the offset. Closes with a line that run.py reads.

local bodies, target

function init(args)
    target = args[1]
    bodies = assert(io.open(args[2], "r"))
    bodies:seek("set", tonumber(args[3]))
    wrk.headers["Content-Type"] = "application/json"
end

function request()
    return wrk.format("POST", target, nil, bodies:read("*l"))
end

function done(summary, latency)
    local errors = summary.errors
    local failed = errors.connect + errors.read + errors.write + errors.status
    print(string.format("measured %d %d %d %d %d %d", summary.requests, summary.duration, latency:percentile(50),
        latency:percentile(99), errors.timeout, failed))
end
