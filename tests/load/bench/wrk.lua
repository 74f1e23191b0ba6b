-- One request again and again, as the environment says, and the figures as a line of JSON.
wrk.method = os.getenv("BENCH_METHOD")
wrk.body = os.getenv("BENCH_BODY")
wrk.headers["Accept"] = "*/*"
if wrk.body then wrk.headers["Content-Type"] = "application/json" end

done = function(summary, latency)
	local e = summary.errors
	io.write(string.format('{"requests":%d,"duration":%d,"failed":%d,"p50":%d,"p99":%d}\n', summary.requests, summary.duration,
		e.connect + e.read + e.write + e.status + e.timeout, latency:percentile(50), latency:percentile(99)))
end
