/**
 * Every route of the API with what it asks of a caller. `~` is the versioned path. `key`: the command takes an
 * Idempotency-Key (`key?`: it may be left out); `match?`: it understands If-Match; `open`: for everybody where the index
 * is public. Every GET has a HEAD that asks for the same. Who changes a line changes who may do what.
 */
const TABLE = `
GET    ~/credentials/self                                credentials:rotate
POST   ~/credentials/self/rotation                       credentials:rotate key
GET    ~/daily-registers/:date                           register:read
GET    ~/events                                          events:read
GET    ~/exchanges                                       messages:read
GET    ~/exchanges/:id                                   messages:read
GET    ~/exchanges/:id/evidence                          messages:read
POST   ~/exchanges/:id/resend                            messages:send   key match?
GET    ~/incoming-messages                               messages:read
GET    ~/incoming-messages/:id                           messages:read
POST   ~/incoming-messages/:id/closure                   messages:receive key match?
POST   ~/incoming-messages/:id/confirmation              messages:receive key match?
GET    ~/incoming-messages/:id/documents/:sha256         messages:read
POST   ~/incoming-messages/:id/hand-over                 messages:receive key match?
GET    ~/incoming-messages/:id/mail                      messages:read
POST   ~/incoming-messages/:id/refusal                   messages:receive key match?
POST   ~/incoming-messages/:id/registration              messages:receive key match?
GET    ~/incoming-messages/:id/segnatura                 messages:read
POST   ~/incoming-messages/:id/taking                    messages:receive key match?
GET    ~/index/addresses/:address                        index:read      open
GET    ~/index/aoos/:code                                index:read      open
GET    ~/index/aoos/:ipa/:code                           index:read      open
GET    ~/index/bodies/:code                              index:read      open
GET    ~/index/categories/:code                          index:read      open
GET    ~/index/changes                                   index:read      open
GET    ~/index/entries                                   index:read      open
GET    ~/index/history/:code                             index:read      open
GET    ~/index/history/:ipa/:code                        index:read      open
POST   ~/index/imports                                   node:admin      key?
POST   ~/index/layer                                     node:admin      key
GET    ~/index/layer/:body                               index:read
POST   ~/index/look-ups                                  index:read      open
GET    ~/index/messages                                  index:read
POST   ~/index/messages                                  index:write     key?
GET    ~/index/messages/:messageId                       index:read
POST   ~/index/messages/:messageId/decision              node:admin      key?
GET    ~/index/offices/:code                             index:read      open
GET    ~/index/recipients                                index:read      open
GET    ~/index/suggestions                               index:read      open
GET    ~/mails                                           messages:read
GET    ~/mails/:id                                       messages:read
GET    ~/mails/:id/raw                                   messages:read
GET    ~/openapi.json                                    public
POST   ~/outgoing-messages                               messages:send   key
GET    ~/outgoing-messages/:register/:year/:number       messages:send
GET    ~/outgoing-messages/:register/:year/:number/documents/:sha256 messages:send
GET    ~/outgoing-messages/:register/:year/:number/mail  messages:send
GET    ~/outgoing-messages/:register/:year/:number/segnatura messages:send
POST   ~/outgoing-messages/with-documents                messages:send   key
GET    ~/problems                                        public
GET    ~/registrations                                   register:read
GET    ~/registrations/:register/:year/:number           register:read
POST   ~/registrations/:register/:year/:number/annulment register:write  key
POST   ~/registrations/:register/:year/:number/changes   register:write  key
GET    ~/registrations/:register/:year/:number/documents/:sha256 messages:read
GET    ~/registrations/:register/:year/:number/mail      messages:read
GET    ~/registrations/:register/:year/:number/segnatura messages:read
GET    ~/signing-keys                                    public
GET    ~/status                                          public
GET    ~/tasks                                           events:read
GET    ~/tasks/:id                                       events:read
POST   ~/tasks/:id/closure                               messages:receive key
POST   ~/uploads                                         messages:send   key?
DELETE ~/uploads/:id                                     messages:send   key?
GET    ~/uploads/:id                                     messages:send
PUT    ~/uploads/:id/content                             messages:send
GET    ~/visure                                          visura:read
GET    ~/webhooks                                        webhooks:manage
POST   ~/webhooks                                        webhooks:manage key
DELETE ~/webhooks/:id                                    webhooks:manage key?
GET    ~/webhooks/:id                                    webhooks:manage
GET    ~/webhooks/:id/deliveries                         webhooks:manage
POST   ~/webhooks/:id/deliveries/:delivery/replay        webhooks:manage key?
POST   ~/webhooks/:id/deliveries/replay                  webhooks:manage key?
POST   ~/webhooks/:id/pause                              webhooks:manage key? match?
POST   ~/webhooks/:id/resume                             webhooks:manage key? match?
POST   ~/webhooks/:id/secret                             webhooks:manage key match?
POST   ~/webhooks/:id/test                               webhooks:manage key?
GET    /docs                                             public
GET    /docs/json                                        public
GET    /docs/static/*                                    public
GET    /docs/static/index.html                           public
GET    /docs/static/swagger-initializer.js               public
GET    /docs/terms                                       public
GET    /docs/yaml                                        public
GET    /health/live                                      public
GET    /health/ready                                     public
GET    /metrics                                          node:admin
GET    /status                                           public
`;

export interface GoldenRoute {
  readonly method: string;
  /** `~` stands for the versioned path. */
  readonly url: string;
  readonly access: string;
  readonly marks: readonly string[];
}

export const GOLDEN: readonly GoldenRoute[] = TABLE.trim()
  .split('\n')
  .map((row) => {
    const [method = '', url = '', access = '', ...marks] = row.split(/ +/);
    return { method, url, access, marks };
  });
