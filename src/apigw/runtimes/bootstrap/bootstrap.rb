# frozen_string_literal: true

# Runs a handler as Lambda's Ruby runtime does: bootstrap.rb DIR
#
# DIR is the user's current folder, for the paths in suggested commands. The program takes events from the Runtime API at
# AWS_LAMBDA_RUNTIME_API and passes them to the method that _HANDLER names. Errors, logs and the context object have the same shapes
# as in Lambda. https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
require 'json'
require 'logger'
require 'socket'
require 'stringio'

$stdout.sync = $stderr.sync = true

module ApigwBootstrap
  PATH = '/2018-06-01/runtime/'
  INCLUDED = /\Aaws-sdk-?|\Aaws-sdk/.freeze

  class << self
    attr_accessor :request_id
  end

  # Speaks to the Runtime API over one connection.
  class RuntimeClient
    def initialize(address)
      @address = address
      host, _, port = address.rpartition(':')
      @socket = TCPSocket.new(host, port.to_i)
      @socket.setsockopt(Socket::IPPROTO_TCP, Socket::TCP_NODELAY, 1)
    end

    def next
      status, headers, body = request('GET', 'invocation/next', nil, {})
      raise "the Runtime API answers #{status}: #{body}" unless status == 200

      [headers, body]
    end

    def post(path, body, headers)
      request('POST', path, body, headers)
    end

    private

    def request(method, path, body, headers)
      head = +"#{method} #{PATH}#{path} HTTP/1.1\r\nHost: #{@address}\r\n"
      head << "Content-Length: #{body.bytesize}\r\n" if body
      headers.each { |name, value| head << "#{name}: #{value.to_s.tr("\r\n", '  ')}\r\n" }
      @socket.write(head << "\r\n", body.to_s)
      line = @socket.gets
      exit!(0) unless line # the program that runs the functions has ended, and so do they
      response = {}
      until (entry = @socket.gets.to_s.chomp).empty?
        name, value = entry.split(':', 2)
        response[name.downcase] = value.strip
      end
      [line.split[1].to_i, response, @socket.read(response['content-length'].to_i)]
    end
  end

  # The second argument of a handler: https://docs.aws.amazon.com/lambda/latest/dg/ruby-context.html
  class LambdaContext
    attr_reader :aws_request_id, :invoked_function_arn, :log_group_name, :log_stream_name, :function_name,
                :memory_limit_in_mb, :function_version, :identity, :tenant_id, :client_context, :deadline_ms

    def initialize(headers)
      @deadline_ms = headers['lambda-runtime-deadline-ms'].to_i
      @aws_request_id = headers['lambda-runtime-aws-request-id']
      @invoked_function_arn = headers['lambda-runtime-invoked-function-arn']
      @log_group_name = ENV['AWS_LAMBDA_LOG_GROUP_NAME']
      @log_stream_name = ENV['AWS_LAMBDA_LOG_STREAM_NAME']
      @function_name = ENV['AWS_LAMBDA_FUNCTION_NAME']
      @memory_limit_in_mb = ENV['AWS_LAMBDA_FUNCTION_MEMORY_SIZE']
      @function_version = ENV['AWS_LAMBDA_FUNCTION_VERSION']
      @tenant_id = headers['lambda-runtime-aws-tenant-id']
      @identity = parsed(headers['lambda-runtime-cognito-identity'])
      @client_context = parsed(headers['lambda-runtime-client-context'])
    end

    def get_remaining_time_in_millis
      [@deadline_ms - Process.clock_gettime(Process::CLOCK_REALTIME, :millisecond), 0].max
    end

    private

    def parsed(text)
      JSON.parse(text) unless text.to_s.empty?
    end
  end

  # Adds the id of the request to the lines of loggers that write to standard output or error.
  class LogFormatter < Logger::Formatter
    def call(severity, time, progname, msg)
      format("%<first>s, [%<time>s #%<pid>d] %<severity>5s %<id>s -- %<progname>s: %<msg>s\n",
             first: severity[0], time: format_datetime(time), pid: Process.pid, severity: severity,
             id: ApigwBootstrap.request_id, progname: progname, msg: msg2str(msg)).encode('UTF-8')
    end
  end

  module LoggerPatch
    def initialize(device = nil, *arguments, formatter: nil, **options)
      formatter ||= LogFormatter.new if device.nil? || device == $stdout || device == $stderr
      super(device, *arguments, formatter: formatter, **options)
    end
  end

  # An error in Lambda's form.
  class Failure
    LISTED = %w[ArgumentError NoMethodError Exception StandardError NameError LoadError SystemExit SystemStackError].freeze
    attr_reader :body

    def initialize(error, where, message = error.message)
      @error = error
      @type = "#{where}<#{error.class}>"
      @frames = (error.backtrace_locations || []).first(100).take_while { |f| f.absolute_path != __FILE__ && f.path != __FILE__ }
      @body = { errorMessage: message, errorType: @type, stackTrace: @frames.map(&:to_s) }
    end

    def type
      LISTED.include?(@error.class.to_s) ? @type : 'Function<UserException>'
    end

    def log(message)
      puts message, JSON.pretty_generate(@body)
    end

    def cause
      stack = @frames.first(15).map { |f| { path: f.path, line: f.lineno, label: f.label } }
      JSON.generate(working_directory: Dir.pwd, paths: Gem.paths.path,
                    exceptions: [{ message: @body[:errorMessage], type: @type, stack: stack }])
    end
  end

  # The method that a Handler names: path/to/file.method or path/to/file.Module::Class.method.
  class Handler
    def initialize(name)
      parts = name.split('.')
      unless [2, 3].include?(parts.size)
        raise ArgumentError, "Invalid handler #{parts}, must be of form FILENAME.METHOD or FILENAME.CLASS.METHOD " \
          'where FILENAME corresponds with an existing Ruby source file FILENAME.rb, CLASS is an optional module/class namespace ' \
          'and METHOD is a callable method. If using CLASS, METHOD must be a class-level method.'
      end
      @file = parts.first
      @method = parts.last
      @class = parts[1] if parts.size == 3
    end

    def load
      require @file
    end

    def call(event, context)
      receiver = @class ? Kernel.const_get(@class) : TOPLEVEL_BINDING.receiver
      response = receiver.__send__(@method, event: event, context: context)
      return [response.read, 'application/unknown'] if response.is_a?(StringIO) || response.is_a?(IO)

      [response.to_json, 'application/json']
    end
  end

  module_function

  # How to install a gem that is missing here but that Lambda has, or that the Gemfile requires.
  def missing(error)
    return unless error.is_a?(LoadError) && error.path

    root = ENV['LAMBDA_TASK_ROOT']
    if error.path.start_with?('aws-sdk')
      "Lambda's runtime includes #{error.path}, this Ruby does not; install it with: gem install #{error.path}"
    elsif File.exist?(File.join(root, 'Gemfile'))
      there = root == ARGV[0] ? '' : " --gemfile #{File.join(root, 'Gemfile').delete_prefix("#{ARGV[0]}/")}"
      "is a gem of the Gemfile missing? install them with: bundle install#{there}"
    end
  end

  def run
    Logger.prepend(LoggerPatch)
    client = RuntimeClient.new(ENV.fetch('AWS_LAMBDA_RUNTIME_API'))
    root = ENV.fetch('LAMBDA_TASK_ROOT')
    $LOAD_PATH.unshift(root) unless $LOAD_PATH.include?(root)
    begin
      handler = Handler.new(ENV.fetch('_HANDLER'))
      handler.load
    rescue Exception => e # whatever the file raises or ends with
      advice = missing(e)
      failure = Failure.new(e, 'Init', advice ? "#{e.message} (#{advice})" : e.message)
      failure.log("Init error when loading handler #{ENV['_HANDLER']}")
      client.post('init/error', failure.body.to_json, 'Lambda-Runtime-Function-Error-Type' => failure.type)
      exit!(252)
    end
    loop { handle(client, handler) }
  end

  def handle(client, handler)
    headers, body = client.next
    id = ApigwBootstrap.request_id = headers['lambda-runtime-aws-request-id']
    ENV['_X_AMZN_TRACE_ID'] = headers['lambda-runtime-trace-id'] if headers['lambda-runtime-trace-id']
    begin
      response, type = handler.call(JSON.parse(body), LambdaContext.new(headers))
    rescue Exception => e # NameErrors and what is no StandardError end the process
      failure, message, last = Failure.new(e, 'Function'), 'Error raised from handler method', false
      message, last = 'Critical exception from handler', true if e.is_a?(NameError) || !e.is_a?(StandardError)
      failure.log(message)
      cause = failure.cause
      client.post("invocation/#{id}/error", failure.body.to_json,
                  'Lambda-Runtime-Function-Error-Type' => failure.type,
                  'Lambda-Runtime-Function-XRay-Error-Cause' => cause.bytesize < 1 << 20 ? cause : '')
      exit!(255) if last
    else
      client.post("invocation/#{id}/response", response, 'Content-Type' => type)
    end
  end
end

ApigwBootstrap.run
