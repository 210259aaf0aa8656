# Runs workato/connector.rb outside Workato, with Ruby's own library alone: enough of the SDK's helpers to exercise
# every lambda against a running service. It reads one JSON command a line and answers each with one line.
#
#   ruby harness.rb connector.rb '{"base_url": "http://127.0.0.1:8400", "client_id": "...", "client_secret": "..."}'
#   {"do": "test"}
#   {"do": "execute", "action": "get_run", "input": {"run_id": "run_..."}}
#
# As on the platform: requests go out when their answer is first looked at, a 401 gets one new token and one repeat,
# a POST is not redirected, blanks are sent, and an action must return an object.

require 'base64'
require 'json'
require 'net/http'
require 'openssl'
require 'time'
require 'uri'

class Object
  def blank? = respond_to?(:empty?) ? empty? : !self
  def present? = !blank?
  def presence = present? ? self : nil
end

class String
  def blank? = strip.empty?
  def hmac_sha256(key) = OpenSSL::HMAC.digest('sha256', key, self)
  def encode_base64 = Base64.strict_encode64(self)
  def decode_base64 = Base64.decode64(self)
  def to_time = Time.parse(self)
end

class Time
  def to_time = self
end

class RequestFailed < StandardError; end

class JobSuspended < StandardError
  attr_reader :continue, :expires_at

  def initialize(continue, expires_at)
    super('suspended')
    @continue = continue
    @expires_at = expires_at
  end
end

class JobReinvoked < StandardError
  attr_reader :seconds, :continue

  def initialize(seconds, continue)
    super('to be invoked again')
    @seconds = seconds
    @continue = continue
  end
end

# A request that is made when its answer is first looked at.
class Request
  SHAPES = { 'GET' => Net::HTTP::Get, 'POST' => Net::HTTP::Post, 'PUT' => Net::HTTP::Put,
             'PATCH' => Net::HTTP::Patch, 'DELETE' => Net::HTTP::Delete }.freeze

  def initialize(dsl, method, path)
    @dsl = dsl
    @method = method
    @path = path
    @headers = {}
    @payload = nil
    @params = {}
    @form = false
    @on_error = nil
  end

  def params(given) = tap { @params.merge!(given.to_h) }
  def payload(given) = tap { @payload = (@payload || {}).merge(given.to_h) }
  def headers(given) = tap { given.each { |name, value| @headers[name.to_s] = value.to_s } }
  def request_format_www_form_urlencoded = tap { @form = true }
  def after_error_response(_which, &block) = tap { @on_error = block }
  def presence = answer.presence
  def to_h = answer
  def to_json(*args) = answer.to_json(*args)
  def blank? = answer.blank?
  def present? = answer.present?
  def respond_to_missing?(name, private = false) = answer.respond_to?(name, private)
  def method_missing(name, *args, &block) = answer.public_send(name, *args, &block)

  def answer
    @answer ||= begin
      response = send_once
      if response.code == '401' && @dsl.refreshes? && !@path.end_with?('/oauth/token')
        @dsl.acquire
        response = send_once
      end
      read(response)
    end
  end

  private

  def send_once
    uri = URI.join(@dsl.base, @path)
    pairs = @params.flat_map { |name, value| pair(name.to_s, value) }
    uri.query = URI.encode_www_form(pairs) unless pairs.empty?
    request = SHAPES[@method].new(uri)
    request['Accept'] = 'application/json'
    request['Content-Type'] = 'application/json' unless @method == 'GET'
    @dsl.applied.merge(@headers).each { |name, value| request[name] = value }
    body_of(request)
    Net::HTTP.start(uri.host, uri.port, use_ssl: uri.scheme == 'https', read_timeout: 40) { |http| http.request(request) }
  end

  def pair(name, value)
    value.is_a?(Array) ? value.map { |one| ["#{name}[]", one] } : [[name, value.nil? ? '' : value]]
  end

  def body_of(request)
    return if @payload.nil?

    if @form
      request.body = URI.encode_www_form(@payload)
      request['Content-Type'] = 'application/x-www-form-urlencoded'
    else
      request.body = JSON.generate(@payload)
    end
  end

  def read(response)
    body = response.body.to_s.dup.force_encoding('UTF-8')
    return body.strip.empty? ? {} : JSON.parse(body) if response.is_a?(Net::HTTPSuccess)

    message = "#{response.code} #{response.message}"
    names = response.to_hash.to_h { |name, values| [name.tr('-', '_'), values.first] }
    @on_error&.call(response.code.to_i, body, names, message)
    raise RequestFailed, message
  end
end

# What lambdas of a connector may call.
class Dsl
  attr_reader :connection, :definition

  def initialize(path, connection)
    @connection = connection
    @definition = instance_eval(File.read(path), path)
  end

  def base = @definition.dig(:connection, :base_uri).call(@connection)
  def refreshes? = @definition.dig(:connection, :authorization, :refresh_on).include?(401)

  %w[get post put patch delete].each do |name|
    define_method(name) { |path| Request.new(self, name.upcase, path) }
  end

  def headers(given) = @applied = given
  def error(message) = raise(RequestFailed, message)
  def now = Time.now
  def workato = self
  def parse_json(text) = JSON.parse(text)
  def call(name, given = {}) = @definition[:methods].fetch(name.to_sym).call(given)
  def suspend(continue:, expires_at:) = raise(JobSuspended.new(continue, expires_at))
  def reinvoke_after(seconds:, continue:) = raise(JobReinvoked.new(seconds, continue))

  def applied
    @applied = {}
    @definition.dig(:connection, :authorization, :apply).call(@connection)
    @applied.transform_keys(&:to_s)
  end

  def acquire
    got = @definition.dig(:connection, :authorization, :acquire).call(@connection)
    got.each { |name, value| @connection[name.to_s] = value }
  end
end

# One command, one answer.
class Harness
  def initialize(dsl)
    @dsl = dsl
    @connector = dsl.definition
  end

  def answer(command)
    told(command)
  rescue StandardError => e
    { 'error' => e.message, 'kind' => e.class.name }
  end

  def do_test(_command) = @connector[:test].call(@dsl.connection)
  def do_identity(_command) = @connector.dig(:connection, :authorization, :identity).call(@dsl.connection)
  def do_token(_command) = { 'token' => @dsl.connection['access_token'] }
  def do_spoil_token(command) = @dsl.connection.merge!('access_token' => command['token'])

  def do_shape(_command)
    { 'actions' => @connector[:actions].keys, 'triggers' => @connector[:triggers].keys,
      'objects' => @connector[:object_definitions].keys, 'pick_lists' => @connector[:pick_lists].keys }
  end

  def do_execute(command)
    action = @connector[:actions].fetch(command['action'].to_sym)
    arguments = [@dsl.connection, command['input'] || {}, [], [], command['continue']]
    got = plain(action[:execute].call(*arguments.first(action[:execute].arity)))
    raise TypeError, 'An action returns an object.' unless got.is_a?(Hash)

    got
  end

  def do_resume(command)
    action = @connector[:actions].fetch(command['action'].to_sym)
    continue = action[:before_resume].call(command['data'], command['input'], command['continue'])
    do_execute(command.merge('continue' => continue))
  end

  def do_time_out(command)
    action = @connector[:actions].fetch(command['action'].to_sym)
    continue = action[:before_timeout_resume].call(command['input'], command['continue'])
    do_execute(command.merge('continue' => continue))
  end

  def do_poll(command)
    trigger = @connector[:triggers].fetch(command['trigger'].to_sym)
    got = plain(trigger[:poll].call(@dsl.connection, command['input'] || {}, command['closure']))
    keys = got['events'].map { |event| trigger[:dedup].call(event) }
    raise TypeError, 'dedup must give a text for each event.' unless keys.all?(String)

    got.merge('dedup' => keys)
  end

  def do_subscribe(command)
    trigger = @connector[:triggers].fetch(command['trigger'].to_sym)
    trigger[:webhook_subscribe].call(command['url'], @dsl.connection, command['input'] || {}, 'recipe-7')
  end

  def do_unsubscribe(command)
    @connector[:triggers].fetch(command['trigger'].to_sym)[:webhook_unsubscribe].call(command['webhook']).to_h
  end

  def do_notify(command)
    headers = command['headers'].transform_keys { |name| name.split('-').map(&:capitalize).join('-') }
    @connector[:triggers].fetch(command['trigger'].to_sym)[:webhook_notification]
                         .call({}, command['payload'], [], [], headers, {}, @dsl.connection, command['webhook'])
  end

  # Everything that the recipe editor asks for: inputs and outputs of each action and trigger, pick lists.
  def do_editor(command)
    objects = Hash.new do |known, name|
      known[name] = plain(@connector[:object_definitions].fetch(name.to_sym)[:fields]
                                    .call(@dsl.connection, command['config'] || {}, {}))
    end
    parts = @connector[:actions].merge(@connector[:triggers])
    { 'fields' => parts.to_h { |name, part| [name, fields_of(part, objects)] },
      'samples' => parts.select { |_, part| part[:sample_output] }
                        .transform_values { |part| plain(part[:sample_output].call(@dsl.connection)) },
      'pick_lists' => @connector[:pick_lists].transform_values { |list| list.call(@dsl.connection) } }
  end

  private

  def told(command)
    { 'ok' => plain(public_send("do_#{command['do']}", command)) }
  rescue JobSuspended => e
    { 'suspended' => asleep(command, e) }
  rescue JobReinvoked => e
    { 'reinvoke' => { 'seconds' => e.seconds, 'continue' => plain(e.continue) } }
  end

  def fields_of(part, objects)
    { 'input' => plain(part[:input_fields].call(objects)), 'output' => plain(part[:output_fields].call(objects)) }
  end

  # The platform calls before_suspend with a token of its own; here the command may name it.
  def asleep(command, sleep)
    token = command['resume_token'] || 'harness-resume-token'
    action = @connector[:actions].fetch(command['action'].to_sym)
    expires_at = sleep.expires_at.getlocal('-08:00').iso8601(3)
    continue = plain(sleep.continue)
    action[:before_suspend].call(token, expires_at, continue)
    { 'continue' => continue, 'expires_at' => expires_at, 'resume_token' => token }
  end

  def plain(value) = JSON.parse(JSON.generate(value.is_a?(Request) ? value.to_h : value))
end

if $PROGRAM_NAME == __FILE__
  harness = Harness.new(Dsl.new(ARGV[0], JSON.parse(ARGV[1])))
  $stdout.sync = true
  $stdin.each_line do |line|
    puts JSON.generate(harness.answer(JSON.parse(line)))
  end
end
