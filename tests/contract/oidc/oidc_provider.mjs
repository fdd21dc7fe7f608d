// The npm package oidc-provider as an identity provider of the contract suite: a third one, written by others.
//
// One argument: JSON {clientId, redirectUri, logoutUri, people: [{login, password, code, organizations}]}. It listens on
// a free port of the loopback, says {"issuer": …} on a line, and ends when its input is closed. A line {"sub", "sid"} on
// the input makes it tell the client that this person has signed out.

import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';

import Provider from 'oidc-provider';

const setup = JSON.parse(process.argv[2]);
const people = new Map(setup.people.map((person) => [person.login, person]));
const scope = 'openid organization:*';

function signingKey() {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { ...privateKey.export({ format: 'jwk' }), kid: randomUUID(), alg: 'RS256', use: 'sig' };
}

function configuration() {
  return {
    acrValues: ['1', '2'],
    claims: { openid: ['sub'], 'organization:*': ['organization'], acr: null, auth_time: null, sid: null, iss: null },
    clients: [
      {
        client_id: setup.clientId,
        token_endpoint_auth_method: 'none',
        redirect_uris: [setup.redirectUri],
        response_types: ['code'],
        grant_types: ['authorization_code', 'refresh_token'],
        require_auth_time: true,
        backchannel_logout_uri: setup.logoutUri,
        backchannel_logout_session_required: true,
      },
    ],
    conformIdTokenClaims: false,
    cookies: { keys: [randomBytes(32).toString('hex')] },
    features: {
      backchannelLogout: { enabled: true },
      devInteractions: { enabled: false },
      rpInitiatedLogout: { enabled: true },
    },
    // The one address that it calls is the test's own, on this machine, which its guard against such addresses refuses.
    fetch: (url, { dispatcher, ...options }) => fetch(url, options),
    findAccount: (_, login) => people.has(login) && account(people.get(login)),
    interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
    issueRefreshToken: () => true,
    jwks: { keys: [signingKey()] },
    loadExistingGrant: grantToEverybody,
    pkce: { required: () => true },
    renderError: (ctx, out) => {
      ctx.type = 'json';
      ctx.body = out;
    },
    scopes: ['openid', 'organization:*'],
    ttl: { AccessToken: 300, AuthorizationCode: 60, Grant: 600, IdToken: 300, Interaction: 600, RefreshToken: 600, Session: 600 },
  };
}

function account({ login, organizations }) {
  const organization = Object.fromEntries(organizations.map((alias) => [alias, { id: `id-of-${alias}` }]));
  return { accountId: login, claims: () => ({ sub: login, organization }) };
}

async function grantToEverybody(ctx) {
  const { client, session, provider } = ctx.oidc;
  const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
  grant.addOIDCScope(scope);
  await grant.save();
  return grant;
}

// A password for level 1; for level 2 a code beside it, asked for on the same page.
async function interact(provider, request, response) {
  const { params } = await provider.interactionDetails(request, response);
  const asksForCode = (params.acr_values || '').split(' ').includes('2');
  if (request.method === 'POST') {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const typed = new URLSearchParams(Buffer.concat(chunks).toString());
    const person = people.get(typed.get('username'));
    if (person && person.password === typed.get('password') && (!asksForCode || person.code === typed.get('otp'))) {
      const login = { accountId: person.login, acr: asksForCode ? '2' : '1', remember: false };
      await provider.interactionFinished(request, response, { login }, { mergeWithLastSubmission: false });
      return;
    }
  }
  const code = asksForCode ? '<input name="otp">' : '';
  response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' });
  response.end(`<form method="post" action="${request.url}"><input name="username"><input name="password">${code}</form>`);
}

const server = createServer();
server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, configuration());
  const serve = provider.callback();
  server.on('request', (request, response) => {
    if (!request.url.startsWith('/interaction/')) return serve(request, response);
    return interact(provider, request, response).catch((error) => {
      response.writeHead(400);
      response.end(error.message);
    });
  });
  createInterface({ input: process.stdin })
    .on('line', async (line) => {
      const { sub, sid } = JSON.parse(line);
      await (await provider.Client.find(setup.clientId)).backchannelLogout(sub, sid);
    })
    .on('close', () => process.exit(0));
  process.stdout.write(`${JSON.stringify({ issuer })}\n`);
});
