package trace

// Overview is what can be requested. The page shows it before the first request, and GET
// /api/routes returns it as JSON:
//
//	{"title": "Guessing game",
//	 "apis": [{"name": "Api", "url": "http://127.0.0.1:3000/prod/",
//	           "routes": [{"method": "POST", "path": "/games", "target": "GameFunction", "curl": "curl …"}]}],
//	 "curl": "curl …", "invoke": "http://127.0.0.1:3001", "invoke_command": "aws …", "functions": ["GameFunction"]}
type Overview struct {
	// Title is the heading of the page, such as the title of the API.
	Title string `json:"title"`
	APIs  []API  `json:"apis"`
	// Curl is an example request, as a command.
	Curl string `json:"curl,omitempty"`
	// Invoke is the address of the Lambda Invoke API, empty if it is off; InvokeCommand invokes a
	// function there. Functions are the names that it knows.
	Invoke        string   `json:"invoke,omitempty"`
	InvokeCommand string   `json:"invoke_command,omitempty"`
	Functions     []string `json:"functions"`
}

// API is an API that is served.
type API struct {
	Name string `json:"name"`
	// URL is where its paths begin, ending in a slash.
	URL    string  `json:"url"`
	Routes []Route `json:"routes"`
}

// Route is a method of a path.
type Route struct {
	Method string `json:"method"`
	Path   string `json:"path"`
	// Target is what responds, such as the name of a function.
	Target string `json:"target"`
	// Curl is a request to it, as a command.
	Curl string `json:"curl"`
}
