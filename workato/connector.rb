# Etter Connector for Workato: paste this file into a custom connector (Tools > Connector SDK).
# VERSION 1.0.0
#
# What it rests on: POST /oauth/token, /v1/webhooks/{source}, /v1/runs, /v1/waits, /v1/events, /v1/subscriptions
# and /v1/meta. Every POST may be repeated: Workato repeats requests after a refreshed token.
{
  title: 'Etter Connector',

  connection: {
    fields: [
      { name: 'base_url', label: 'Address', optional: false, hint: 'https://connector.example.com, without /v1.' },
      { name: 'client_id', label: 'Client ID', optional: false },
      { name: 'client_secret', label: 'Client secret', optional: false, control_type: 'password' },
      { name: 'data_centre', label: 'Workato data centre', optional: true, control_type: 'select',
        options: [%w[US us], %w[EU eu], %w[JP jp], %w[SG sg], %w[AU au], %w[IL il], %w[KR kr], %w[UK uk], %w[CN cn],
                  %w[Trial trial], %w[Own own]],
        hint: 'Where this workspace runs. Needed for actions that wait when more than one workspace is set.' }
    ],

    authorization: {
      type: 'custom_auth',
      acquire: lambda do |connection|
        response = post("#{connection['base_url']}/oauth/token")
                   .payload(grant_type: 'client_credentials',
                            client_id: connection['client_id'],
                            client_secret: connection['client_secret'])
                   .request_format_www_form_urlencoded
                   .after_error_response(/.*/) do |_code, body, _headers, message|
                     said = body.to_s.start_with?('{') ? workato.parse_json(body) : {}
                     error("#{said['error_description'] || message} (#{said['error']})")
                   end
        { access_token: response['access_token'] }
      end,
      refresh_on: [401],
      apply: lambda do |connection|
        headers('Authorization': "Bearer #{connection['access_token']}")
      end,
      identity: lambda do |_connection|
        me = get('/v1/me')
        "#{me['company']['name']} (#{me['environment']})"
      end
    },

    base_uri: lambda do |connection|
      connection['base_url']
    end
  },

  test: lambda do |_connection|
    get('/v1/me')
  end,

  methods: {
    # One readable line from an application/problem+json body, which Workato hands over as text.
    problem: lambda do |given|
      said = given['body'].to_s.start_with?('{') ? workato.parse_json(given['body']) : {}
      lines = [said['detail'] || given['message'], said.dig('action', 'what')]
      error("#{lines.compact.join(' ')} (#{said['code'] || given['code']}, request #{said['request_id']})")
    end,

    fields_of: lambda do |given|
      get("/v1/meta/objects/#{given['object']}/fields")['fields']
    end,

    picks: lambda do |given|
      get("/v1/meta/picklists/#{given['list']}")['data'].map { |one| [one['label'], one['value']] }
    end,

    # Job profiles go in under their own system's name; the same ones again make no second run.
    send_profiles: lambda do |given|
      wrapper = given['source'] == 'successfactors' ? 'FOJobCode' : 'items'
      post("/v1/webhooks/#{given['source']}")
        .params(strict: given['strict'], drafts: given['drafts'])
        .payload(wrapper => given['profiles'])
        .headers('X-Event-Id': given['event_id'].to_s)
        .after_error_response(/.*/) do |code, body, _headers, message|
          call('problem', 'code' => code, 'body' => body, 'message' => message)
        end
    end,

    # The runs that a receipt names, each once.
    runs_of: lambda do |receipt|
      receipt['results'].select { |item| item['pushed'] }.map { |item| item['run_id'] }.compact.uniq
    end,

    read_runs: lambda do |given|
      given['run_ids'].map { |id| get("/v1/runs/#{id}") }
    end,

    outcome: lambda do |given|
      runs = given['runs']
      failed = runs.select { |run| run['status'] == 'failed' }
      { 'status' => failed.present? ? 'failed' : 'success', 'timed_out' => given['timed_out'] || false,
        'failed' => failed.length, 'runs' => runs, 'receipt' => given['receipt'] }
    end,

    # A page of the feed. The cursor is opaque; it neither skips nor repeats.
    read_events: lambda do |given|
      page = get('/v1/events')
             .params(cursor: given['cursor'], since: given['cursor'].present? ? nil : given['since'],
                     type: given['types'], limit: 1000)
             .after_error_response(/.*/) do |code, body, _headers, message|
               call('problem', 'code' => code, 'body' => body, 'message' => message)
             end
      { events: page['results'], next_poll: { 'cursor' => page['next_cursor'] }, can_poll_more: page['has_more'] }
    end,

    since: lambda do |input|
      (input['since'] || (now - 3600)).to_time.utc.iso8601
    end,

    subscribe: lambda do |given|
      post('/v1/subscriptions')
        .payload(url: given['url'], events: given['types'], recipe_id: given['recipe_id'].to_s,
                 description: 'Workato recipe', payload: given['payload'] || 'full')
        .after_error_response(/.*/) do |code, body, _headers, message|
          call('problem', 'code' => code, 'body' => body, 'message' => message)
        end
    end,

    # Standard Webhooks: HMAC-SHA256 over id.timestamp.body, base64; two signatures while a secret is replaced.
    verified: lambda do |given|
      headers = given['headers']
      signed = [headers['Webhook-Id'], headers['Webhook-Timestamp'], given['payload']].join('.')
      key = given['secret'].sub('whsec_', '').decode_base64
      expected = "v1,#{signed.hmac_sha256(key).encode_base64}"
      headers['Webhook-Signature'].to_s.split(' ').include?(expected)
    end
  },

  object_definitions: {
    profiles_input: {
      fields: lambda do |_connection, config_fields, _object_definitions|
        object = config_fields['source'] == 'successfactors' ? 'successfactors_job_code' : 'workday_job_profile'
        next [] if config_fields['source'].blank?

        [
          { name: 'profiles', label: 'Job profiles', type: 'array', of: 'object', optional: false, list_mode: 'static',
            properties: call('fields_of', 'object' => object) },
          { name: 'event_id', label: 'Event ID', optional: true,
            hint: "The source's own id of this event. The same id again is answered with what there is." }
        ]
      end
    },
    receipt: { fields: lambda { |_c, _f, _o| call('fields_of', 'object' => 'receipt') } },
    run: { fields: lambda { |_c, _f, _o| call('fields_of', 'object' => 'run') } },
    batch: { fields: lambda { |_c, _f, _o| call('fields_of', 'object' => 'batch') } },
    role: { fields: lambda { |_c, _f, _o| call('fields_of', 'object' => 'role') } },
    event: { fields: lambda { |_c, _f, _o| call('fields_of', 'object' => 'event') } },
    assessment: { fields: lambda { |_c, _f, _o| call('fields_of', 'object' => 'assessment') } },
    document: { fields: lambda { |_c, _f, _o| call('fields_of', 'object' => 'document') } },
    document_input: { fields: lambda { |_c, _f, _o| call('fields_of', 'object' => 'document_input') } },
    outcome: {
      fields: lambda do |_connection, _config_fields, _object_definitions|
        [
          { name: 'status', hint: 'success when every run ended well, else failed.' },
          { name: 'timed_out', type: 'boolean', hint: 'The time ran out; runs are as they were then.' },
          { name: 'failed', type: 'integer' },
          { name: 'runs', type: 'array', of: 'object', properties: call('fields_of', 'object' => 'run') },
          { name: 'receipt', type: 'object', properties: call('fields_of', 'object' => 'receipt') }
        ]
      end
    }
  },

  actions: {
    push_job_profiles: {
      title: 'Push job profiles',
      subtitle: 'Send job profiles, and do not wait for their assessment',
      batch: true,
      config_fields: [{ name: 'source', optional: false, control_type: 'select', pick_list: 'sources' }],
      input_fields: lambda do |object_definitions|
        object_definitions['profiles_input'] + [
          { name: 'strict', type: 'boolean', control_type: 'checkbox', optional: true,
            hint: 'All or none: one bad job profile refuses them all.' },
          { name: 'drafts', type: 'boolean', control_type: 'checkbox', optional: true,
            hint: 'Take them in as drafts; nothing is assessed.' }
        ]
      end,
      execute: lambda do |_connection, input|
        call('send_profiles', input)
      end,
      output_fields: lambda { |object_definitions| object_definitions['receipt'] },
      sample_output: lambda { |_connection| get('/v1/meta/objects/receipt/fields')['sample'] },
      retry_on_response: [429, 503],
      retry_on_request: %w[GET POST],
      max_retries: 3
    },

    push_and_wait: {
      title: 'Push job profiles and wait for the result',
      subtitle: 'The job sleeps until every role is assessed',
      config_fields: [{ name: 'source', optional: false, control_type: 'select', pick_list: 'sources' }],
      input_fields: lambda do |object_definitions|
        object_definitions['profiles_input'] + [
          { name: 'wait_hours', type: 'integer', control_type: 'number', optional: true, default: '24',
            hint: 'How long to sleep at most (up to 1,400).' }
        ]
      end,
      execute: lambda do |connection, input, _eis, _eos, continue|
        if continue.blank?
          receipt = call('send_profiles', input).presence
          run_ids = call('runs_of', receipt)
          next call('outcome', 'runs' => [], 'receipt' => receipt) if run_ids.blank?

          hours = (input['wait_hours'].presence || 24).to_i
          suspend(continue: { 'run_ids' => run_ids, 'receipt' => receipt,
                              'data_centre' => connection['data_centre'].to_s },
                  expires_at: now + (hours * 3600))
        else
          runs = continue['runs'] || call('read_runs', continue)
          call('outcome', continue.merge('runs' => runs))
        end
      end,
      before_suspend: lambda do |resume_token, expires_at, continue|
        post('/v1/waits')
          .payload(run_ids: continue['run_ids'], resume_token: resume_token, expires_at: expires_at,
                   data_centre: continue['data_centre'])
          .after_error_response(/.*/) do |code, body, _headers, message|
            call('problem', 'code' => code, 'body' => body, 'message' => message)
          end
          .presence
      end,
      before_resume: lambda do |data, _input, continue|
        continue['runs'] = data['kind'] == 'run' ? [data] : data['results']
        continue
      end,
      before_timeout_resume: lambda do |_input, continue|
        continue['timed_out'] = true
        continue
      end,
      output_fields: lambda { |object_definitions| object_definitions['outcome'] }
    },

    push_and_poll: {
      title: 'Push job profiles and look until they are assessed',
      subtitle: 'For workspaces without a Developer API token',
      config_fields: [{ name: 'source', optional: false, control_type: 'select', pick_list: 'sources' }],
      input_fields: lambda { |object_definitions| object_definitions['profiles_input'] },
      execute: lambda do |_connection, input, _eis, _eos, continue|
        if continue.blank?
          receipt = call('send_profiles', input).presence
          run_ids = call('runs_of', receipt)
          next call('outcome', 'runs' => [], 'receipt' => receipt) if run_ids.blank?

          reinvoke_after(seconds: 60, continue: { 'run_ids' => run_ids, 'receipt' => receipt, 'looks' => 1 })
        else
          runs = call('read_runs', continue)
          over = runs.all? { |run| %w[success failed].include?(run['status']) }
          # 100 re-invocations are the platform's limit.
          next call('outcome', continue.merge('runs' => runs, 'timed_out' => !over)) if over || continue['looks'] >= 100

          seconds = continue['looks'] < 10 ? 60 : 300
          reinvoke_after(seconds: seconds, continue: continue.merge('looks' => continue['looks'] + 1))
        end
      end,
      output_fields: lambda { |object_definitions| object_definitions['outcome'] }
    },

    push_roles: {
      title: 'Push roles that are there already',
      input_fields: lambda do |_object_definitions|
        [{ name: 'ids', label: 'Role IDs', type: 'array', of: 'string', optional: false,
           hint: 'A list of up to 1,000 role IDs.' },
         { name: 'idempotency_key', optional: true, hint: 'The same key again starts nothing new.' }]
      end,
      execute: lambda do |_connection, input|
        ids = input['ids'].is_a?(Array) ? input['ids'] : input['ids'].to_s.split(',')
        post('/v1/pushes')
          .payload(ids: ids)
          .headers('Idempotency-Key': input['idempotency_key'].to_s)
          .after_error_response(/.*/) do |code, body, _headers, message|
            call('problem', 'code' => code, 'body' => body, 'message' => message)
          end
      end,
      output_fields: lambda { |object_definitions| object_definitions['batch'] }
    },

    get_run: {
      title: 'Get run',
      input_fields: lambda { |_object_definitions| [{ name: 'run_id', optional: false }] },
      execute: lambda do |_connection, input|
        get("/v1/runs/#{input['run_id']}").after_error_response(/.*/) do |code, body, _headers, message|
          call('problem', 'code' => code, 'body' => body, 'message' => message)
        end
      end,
      output_fields: lambda { |object_definitions| object_definitions['run'] }
    },

    get_assessment: {
      title: 'Get assessment',
      input_fields: lambda { |_o| [{ name: 'role_id', optional: false, control_type: 'text' }] },
      execute: lambda do |_connection, input|
        get("/v1/assessments/#{input['role_id']}").after_error_response(/.*/) do |code, body, _headers, message|
          call('problem', 'code' => code, 'body' => body, 'message' => message)
        end
      end,
      output_fields: lambda { |object_definitions| object_definitions['assessment'] }
    },

    upload_document: {
      title: 'Upload document',
      subtitle: 'Give a role a job description or a process map, as text or HTML',
      input_fields: lambda { |object_definitions| object_definitions['document_input'] },
      execute: lambda do |_connection, input|
        post('/v1/documents').payload(input).after_error_response(/.*/) do |code, body, _headers, message|
          call('problem', 'code' => code, 'body' => body, 'message' => message)
        end
      end,
      output_fields: lambda { |object_definitions| object_definitions['document'] }
    },

    rerun_stages: {
      title: 'Re-run stages of a role',
      input_fields: lambda do |_object_definitions|
        [
          { name: 'role_id', optional: false },
          { name: 'stages', optional: true, control_type: 'multiselect', pick_list: 'stages', delimiter: ',',
            hint: 'Left out: all of them.' },
          { name: 'cascade', type: 'boolean', control_type: 'checkbox', optional: true,
            hint: 'Also what depends on them, where nothing changed.' }
        ]
      end,
      execute: lambda do |_connection, input|
        post("/v1/roles/#{input['role_id']}/push")
          .payload(stages: input['stages'].to_s.split(','), cascade: input['cascade'])
          .after_error_response(/.*/) do |code, body, _headers, message|
            call('problem', 'code' => code, 'body' => body, 'message' => message)
          end
      end,
      output_fields: lambda { |object_definitions| object_definitions['run'] }
    },

    retry_run: {
      title: 'Retry run',
      input_fields: lambda { |_object_definitions| [{ name: 'run_id', optional: false }] },
      execute: lambda do |_connection, input|
        post("/v1/runs/#{input['run_id']}/retry").after_error_response(/.*/) do |code, body, _headers, message|
          call('problem', 'code' => code, 'body' => body, 'message' => message)
        end
      end,
      output_fields: lambda { |object_definitions| object_definitions['run'] }
    },

    cancel_run: {
      title: 'Cancel run',
      input_fields: lambda { |_object_definitions| [{ name: 'run_id', optional: false }] },
      execute: lambda do |_connection, input|
        post("/v1/runs/#{input['run_id']}/cancel").after_error_response(/.*/) do |code, body, _headers, message|
          call('problem', 'code' => code, 'body' => body, 'message' => message)
        end
      end,
      output_fields: lambda { |object_definitions| object_definitions['run'] }
    },

    search_roles: {
      title: 'Search roles',
      input_fields: lambda do |_object_definitions|
        [{ name: 'q', label: 'Text', optional: true, hint: 'In the title or the code.' },
         { name: 'state', optional: true, control_type: 'select', pick_list: 'role_states' },
         { name: 'family', optional: true },
         { name: 'limit', type: 'integer', optional: true, hint: 'Up to 1,000; 100 if left out.' }]
      end,
      execute: lambda do |_connection, input|
        get('/v1/roles').params(input).after_error_response(/.*/) do |code, body, _headers, message|
          call('problem', 'code' => code, 'body' => body, 'message' => message)
        end
      end,
      output_fields: lambda do |object_definitions|
        [{ name: 'results', label: 'Roles', type: 'array', of: 'object', properties: object_definitions['role'] },
         { name: 'has_more', type: 'boolean' }]
      end
    }
  },

  custom_action: true,
  custom_action_help: {
    learn_more_text: 'The whole contract is /openapi.json',
    body: 'Any call of the API, with this connection. Paths begin with /v1.'
  },

  triggers: {
    run_finished: {
      title: 'Run finished',
      subtitle: 'A run ended, well or not',
      input_fields: lambda do |_object_definitions|
        [{ name: 'since', type: 'timestamp', optional: true, sticky: true,
           hint: 'When first started, pick up events from here. Cannot be changed later.' }]
      end,
      webhook_subscribe: lambda do |webhook_url, _connection, _input, recipe_id|
        call('subscribe', 'url' => webhook_url, 'recipe_id' => recipe_id, 'payload' => 'thin',
                          'types' => %w[run.finished run.degraded run.failed run.cancelled])
      end,
      webhook_unsubscribe: lambda { |webhook, _connection = nil| delete("/v1/subscriptions/#{webhook['id']}") },
      poll: lambda do |_connection, input, closure|
        call('read_events', 'cursor' => (closure || {})['cursor'], 'since' => call('since', input),
                            'types' => %w[run.finished run.degraded run.failed run.cancelled])
      end,
      dedup: lambda { |event| event['id'] },
      output_fields: lambda { |object_definitions| object_definitions['event'] },
      sample_output: lambda { |_connection| get('/v1/meta/objects/event/fields')['sample'] }
    },

    role_ready: {
      title: 'Role ready',
      subtitle: 'A role is assessed and can be seen in the dashboard',
      input_fields: lambda do |_object_definitions|
        [{ name: 'since', type: 'timestamp', optional: true, sticky: true,
           hint: 'When first started, pick up events from here. Cannot be changed later.' }]
      end,
      webhook_subscribe: lambda do |webhook_url, _connection, _input, recipe_id|
        call('subscribe', 'url' => webhook_url, 'recipe_id' => recipe_id, 'payload' => 'thin', 'types' => ['role.ready'])
      end,
      webhook_unsubscribe: lambda { |webhook, _connection = nil| delete("/v1/subscriptions/#{webhook['id']}") },
      poll: lambda do |_connection, input, closure|
        call('read_events', 'cursor' => (closure || {})['cursor'], 'since' => call('since', input),
                            'types' => ['role.ready'])
      end,
      dedup: lambda { |event| event['id'] },
      output_fields: lambda { |object_definitions| object_definitions['event'] },
      sample_output: lambda { |_connection| get('/v1/meta/objects/event/fields')['sample'] }
    },

    needs_review: {
      title: 'Result needs review',
      subtitle: 'A person should look at a result; the event says why',
      input_fields: lambda do |_object_definitions|
        [{ name: 'since', type: 'timestamp', optional: true, sticky: true,
           hint: 'When first started, pick up events from here. Cannot be changed later.' }]
      end,
      webhook_subscribe: lambda do |webhook_url, _connection, _input, recipe_id|
        call('subscribe', 'url' => webhook_url, 'recipe_id' => recipe_id, 'payload' => 'thin',
                          'types' => ['review.required'])
      end,
      webhook_unsubscribe: lambda { |webhook, _connection = nil| delete("/v1/subscriptions/#{webhook['id']}") },
      poll: lambda do |_connection, input, closure|
        call('read_events', 'cursor' => (closure || {})['cursor'], 'since' => call('since', input),
                            'types' => ['review.required'])
      end,
      dedup: lambda { |event| event['id'] },
      output_fields: lambda { |object_definitions| object_definitions['event'] },
      sample_output: lambda { |_connection| get('/v1/meta/objects/event/fields')['sample'] }
    },

    event_polled: {
      title: 'New event',
      subtitle: 'Any event of the company, by polling alone',
      input_fields: lambda do |_object_definitions|
        [{ name: 'types', label: 'Events', optional: true, control_type: 'multiselect', pick_list: 'event_types',
           delimiter: ',', hint: 'Left out: all of them.' },
         { name: 'since', type: 'timestamp', optional: true, sticky: true,
           hint: 'When first started, pick up events from here. Cannot be changed later.' }]
      end,
      poll: lambda do |_connection, input, closure|
        call('read_events', 'cursor' => (closure || {})['cursor'], 'since' => call('since', input),
                            'types' => input['types'].to_s.split(','))
      end,
      dedup: lambda { |event| event['id'] },
      output_fields: lambda { |object_definitions| object_definitions['event'] }
    },

    event_received: {
      title: 'New event, at once',
      subtitle: 'Any event, by webhook alone; its signature is verified',
      webhook_payload_type: 'raw',
      input_fields: lambda do |_object_definitions|
        [{ name: 'types', label: 'Events', optional: true, control_type: 'multiselect', pick_list: 'event_types',
           delimiter: ',', hint: 'Left out: all of them.' }]
      end,
      webhook_subscribe: lambda do |webhook_url, _connection, input, recipe_id|
        call('subscribe', 'url' => webhook_url, 'recipe_id' => recipe_id, 'types' => input['types'].to_s.split(','))
      end,
      webhook_unsubscribe: lambda { |webhook, _connection = nil| delete("/v1/subscriptions/#{webhook['id']}") },
      webhook_notification: lambda do |_input, payload, _eis, _eos, headers, _params, _connection, webhook|
        good = call('verified', 'payload' => payload, 'headers' => headers, 'secret' => webhook['secret'])
        workato.parse_json(payload) if good
      end,
      dedup: lambda { |event| event['id'] },
      output_fields: lambda { |object_definitions| object_definitions['event'] }
    },

    role_changed: {
      title: 'New or changed role',
      input_fields: lambda do |_object_definitions|
        [{ name: 'since', type: 'timestamp', optional: true, sticky: true,
           hint: 'When first started, pick up roles from here. Cannot be changed later.' }]
      end,
      poll: lambda do |_connection, input, closure|
        since = (closure || {})['since'] || call('since', input)
        page = get('/v1/roles').params(updated_since: since, cursor: (closure || {})['cursor'], limit: 1000)
        last = page['results'].map { |one| one['updated_at'] }.max || since
        { events: page['results'],
          next_poll: { 'cursor' => page['next_cursor'], 'since' => page['has_more'] ? since : last },
          can_poll_more: page['has_more'] }
      end,
      dedup: lambda { |role| "#{role['id']}@#{role['updated_at']}" },
      output_fields: lambda { |object_definitions| object_definitions['role'] },
      sample_output: lambda { |_connection| get('/v1/meta/objects/role/fields')['sample'] }
    }
  },

  pick_lists: {
    sources: lambda { |_connection| call('picks', 'list' => 'sources') },
    stages: lambda { |_connection| call('picks', 'list' => 'stages') },
    role_states: lambda { |_connection| call('picks', 'list' => 'role_states') },
    event_types: lambda { |_connection| call('picks', 'list' => 'event_types') }
  }
}
