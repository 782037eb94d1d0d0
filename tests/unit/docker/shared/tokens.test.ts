/** Tokens that somebody made up, at the check that every route asks. */
import { createHmac, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { createTokenCheck, TokenError, type User } from "../../../../docker/shared/tokens.ts";

const POOL = { userPoolId: "us-east-1_abcdefghi", clientId: "the-client" };
const ISSUER = `https://cognito-idp.us-east-1.amazonaws.com/${POOL.userPoolId}`;
const KID = "the-key";

type Claims = Record<string, unknown>;

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
const pair = () => generateKeyPairSync("rsa", { modulusLength: 2048 });

describe("a token", () => {
    const own = pair();
    const foreign = pair();
    let keys: Server;
    let asked: string[] = [];
    let check: (token: string) => Promise<User>;

    before(async () => {
        keys = createServer(({ url }, response) => {
            asked.push(url ?? "");
            const jwk = { ...own.publicKey.export({ format: "jwk" }), kid: KID, alg: "RS256", use: "sig" };
            response.end(JSON.stringify({ keys: [jwk] }));
        }).listen(0, "127.0.0.1");
        await once(keys, "listening");
        check = createTokenCheck({ ...POOL, jwksUrl: `${keysUrl()}/jwks.json` });
    });
    after(() => keys.close());

    const keysUrl = () => `http://127.0.0.1:${(keys.address() as AddressInfo).port}`;
    const now = () => Math.floor(Date.now() / 1000);
    const idClaims = (): Claims => ({
        sub: "ann",
        iss: ISSUER,
        aud: POOL.clientId,
        token_use: "id",
        iat: now(),
        exp: now() + 3600,
        "cognito:username": "ann",
    });
    const accessClaims = (): Claims => {
        const { aud, ...claims } = idClaims();
        return {
            ...claims,
            client_id: aud,
            token_use: "access",
            username: "ann",
            scope: "aws.cognito.signin.user.admin",
        };
    };

    function signed(claims: Claims, head: Claims = {}, key: KeyObject = own.privateKey): string {
        const text = `${part({ alg: "RS256", kid: KID, ...head })}.${part(claims)}`;
        return `${text}.${sign("sha256", Buffer.from(text), key).toString("base64url")}`;
    }
    function bySecret(claims: Claims, secret: string | Buffer): string {
        const text = `${part({ alg: "HS256", kid: KID })}.${part(claims)}`;
        return `${text}.${createHmac("sha256", secret).update(text).digest("base64url")}`;
    }
    const withoutSignature = (alg: string) => `${part({ alg, kid: KID })}.${part(idClaims())}.`;
    const without = (claims: Claims, name: string) =>
        Object.fromEntries(Object.entries(claims).filter(([key]) => key !== name));

    it("of Cognito's own names its user, of either kind", async () => {
        expect(await check(signed(idClaims()))).to.include({ userId: "ann", tokenUse: "id" });
        expect(await check(signed(accessClaims()))).to.include({ userId: "ann", tokenUse: "access" });
    });

    const pem = () => own.publicKey.export({ format: "pem", type: "spki" });
    const forgeries: Record<string, () => string> = {
        "without a signature": () => withoutSignature("none"),
        "without a signature, in capitals": () => withoutSignature("NONE"),
        "signed with the public key as a secret": () => bySecret(idClaims(), pem()),
        "signed with an empty secret": () => bySecret(idClaims(), ""),
        "signed with another key": () => signed(idClaims(), {}, foreign.privateKey),
        "that brings its own key": () =>
            signed(idClaims(), { jwk: foreign.publicKey.export({ format: "jwk" }) }, foreign.privateKey),
        "that says where its key is": () =>
            signed(idClaims(), { jku: `${keysUrl()}/mine`, x5u: `${keysUrl()}/mine` }, foreign.privateKey),
        "of another algorithm": () => signed(idClaims(), { alg: "RS512" }),
        ...Object.fromEntries(
            ["../../jwks", "' OR 1=1", "", "__proto__", "constructor", null, 1].map((kid) => [
                `of a key called ${JSON.stringify(kid)}`,
                () => signed(idClaims(), { kid }, foreign.privateKey),
            ]),
        ),
        "that has expired": () => signed({ ...idClaims(), exp: now() - 1 }),
        "that never expires": () => signed(without(idClaims(), "exp")),
        "that never expires, of the other kind": () => signed(without(accessClaims(), "exp")),
        "whose end is no number": () => signed({ ...idClaims(), exp: "9999999999" }),
        "without a beginning": () => signed(without(idClaims(), "iat")),
        "made in the future": () => signed({ ...idClaims(), iat: now() + 600 }),
        "good from tomorrow on": () => signed({ ...idClaims(), nbf: now() + 86_400 }),
        "of another pool": () => signed({ ...idClaims(), iss: `${ISSUER}x` }),
        "without an issuer": () => signed(without(idClaims(), "iss")),
        "for another client": () => signed({ ...idClaims(), aud: "another" }),
        "for another client, of the other kind": () => signed({ ...accessClaims(), client_id: "another" }),
        "for nobody": () => signed(without(idClaims(), "aud")),
        "of no kind": () => signed(without(idClaims(), "token_use")),
        "to refresh with": () => signed({ ...idClaims(), token_use: "refresh" }),
        "with claims of an ID token, used as an access token": () => signed({ ...idClaims(), token_use: "access" }),
        "that is none": () => "nonsense",
        "of two parts": () => signed(idClaims()).split(".").slice(0, 2).join("."),
        "whose claims were changed": () => {
            const [head, , signature] = signed(idClaims()).split(".");
            return [head, part({ ...idClaims(), sub: "bob" }), signature].join(".");
        },
        "whose claims are no object": () => signed([] as unknown as Claims),
    };
    for (const [what, token] of Object.entries(forgeries)) {
        it(`${what} is refused, and tells nobody why`, async () => {
            asked = [];
            const error = await check(token()).catch((reason) => reason);
            expect(error, JSON.stringify(error)).to.be.instanceOf(TokenError);
            expect(error.message).to.match(/^The token (is not valid|has expired)\.$/);
            expect(asked.filter((path) => path !== "/jwks.json")).to.deep.equal([]);
        });
    }

    it("is looked up once for all who bring it at the same time, and again after a look that failed", async () => {
        let looks = 0;
        let fails = true;
        const looking = createTokenCheck({
            ...POOL,
            jwksUrl: `${keysUrl()}/jwks.json`,
            isOver: async () => {
                looks += 1;
                return fails;
            },
        });
        const token = signed(idClaims());
        const results = await Promise.allSettled(Array.from({ length: 5 }, () => looking(token)));
        expect(results.map(({ status }) => status)).to.deep.equal(Array(5).fill("rejected"));
        fails = false;
        await looking(token);
        const before = looks;
        await Promise.all(Array.from({ length: 5 }, () => looking(token)));
        expect(looks).to.equal(before);
    });
});
