// A real provider of OpenID Connect on loopback, for the tests: `node provider.mjs PORT REDIRECT_URI`. Whatever is
// typed as login is the person and their address; no password is asked for.
import Provider from "oidc-provider";

const [port, redirect] = process.argv.slice(2);
const groups = (id) => (id.startsWith("boss") ? ["staff", "desk-admins"] : id.startsWith("guest") ? [] : ["desk"]);
const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [
    {
      client_id: "switchboard",
      client_secret: "a-secret-of-the-test",
      redirect_uris: [redirect],
      grant_types: ["authorization_code"],
      response_types: ["code"],
    },
  ],
  pkce: { required: () => true },
  scopes: ["openid", "email", "profile", "groups"],
  claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"], groups: ["groups"] },
  features: { devInteractions: { enabled: true } },
  cookies: { keys: ["only for tests"] },
  findAccount: (_, id) => ({
    accountId: id,
    claims: async () => ({
      sub: id,
      email: id,
      email_verified: !id.startsWith("unchecked"),
      name: id.split("@")[0],
      groups: groups(id),
    }),
  }),
});
provider.listen(Number(port), "127.0.0.1", () => console.log("ready"));
