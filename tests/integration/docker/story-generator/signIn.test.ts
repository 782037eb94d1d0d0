import {
    AdminDeleteUserCommand,
    AdminDisableUserCommand,
    AdminGetUserCommand,
    AdminResetUserPasswordCommand,
    AdminUserGlobalSignOutCommand,
    CognitoIdentityProviderClient,
} from "@aws-sdk/client-cognito-identity-provider";
import { expect } from "chai";
import { oneTimePassword } from "../../../../standins/oneTimePassword.ts";
import { PASSWORD, SignInPool, type Told } from "../../../kit/agent/signInPool.ts";
import { makeWorld, read, type World } from "../../../kit/agent/world.ts";
import { GatewayWorld } from "../../../kit/gateway/world.ts";

const NEXT_PASSWORD = "Another-Password-1";

describe("signing in by the service, in every state of a user", function () {
    this.timeout(120_000);
    let gateway: GatewayWorld;
    let world: World;
    let cognito: CognitoIdentityProviderClient;
    /** A pool that wants a second factor, and to which people are invited. */
    let strict: SignInPool;
    /** A pool that anybody may join. */
    let open: SignInPool;
    let people = 0;

    before(async () => {
        gateway = await GatewayWorld.open({ AUTH: "true" });
        cognito = gateway.client(CognitoIdentityProviderClient);
        world = await makeWorld({ url: gateway.url }, { url: gateway.url });
        strict = await SignInPool.open(world, cognito, { mfa: "ON", adminsOnly: true });
        open = await SignInPool.open(world, cognito, { mfa: "OPTIONAL", adminsOnly: false });
    });
    after(async () => {
        await strict?.close();
        await open?.close();
        await gateway?.close();
    });

    const address = () => {
        people += 1;
        return `person-${people}@example.com`;
    };
    const invite = (pool: SignInPool) => pool.invite(address(), gateway);
    const member = (pool: SignInPool) => pool.member(address());

    /** Somebody who signed up and has not yet confirmed the address. */
    async function newcomer(): Promise<string> {
        const email = address();
        expect((await open.post("signup", { email, password: PASSWORD })).status).to.equal(200);
        return email;
    }

    const next = ({ body: { username, session } }: Told) => ({ username, session });

    it("lets an invited person choose a password, set an authenticator up, and in", async () => {
        const { email, temporary } = await invite(strict);
        const invited = await strict.post("signin/begin", { email, password: temporary });
        expect(invited.body).to.include({ challenge: "NEW_PASSWORD_REQUIRED", success: true });
        expect(invited.body).not.to.have.property("id_token");

        const weak = await strict.post("signin/new-password", { ...next(invited), new_password: "weak" });
        expect(weak.status).to.equal(400);
        expect(weak.body.message).to.match(/^The password is too simple\. ./);

        const chosen = await strict.post("signin/new-password", { ...next(invited), new_password: PASSWORD });
        expect(chosen.body.challenge).to.equal("MFA_SETUP");
        const key = chosen.body.secret_code;
        expect(key).to.match(/^[A-Z2-7]{16,}$/);

        const wrong = await strict.post("signin/authenticator", { ...next(chosen), code: wrongCode(key) });
        expect([wrong.status, wrong.body.error]).to.deep.equal([400, "Wrong code"]);
        const first = oneTimePassword(key);
        const set = await strict.post("signin/authenticator", { ...next(chosen), code: first });
        expect(set.status, JSON.stringify(set.body)).to.equal(200);
        expect((await strict.me(set.body.id_token)).status).to.equal(200);

        const later = await strict.post("signin/begin", { email, password: PASSWORD });
        expect(later.body.challenge).to.equal("SOFTWARE_TOKEN_MFA");
        const used = await strict.post("signin/code", { ...next(later), code: first });
        expect([used.status, used.body.message]).to.deep.equal([
            400,
            "This code has already been used; wait for the app to show the next one.",
        ]);
        const mistaken = await strict.post("signin/code", { ...next(later), code: wrongCode(key) });
        expect([mistaken.status, mistaken.body.error]).to.deep.equal([400, "Wrong code"]);
        const code = oneTimePassword(key, 1);
        const signedIn = await strict.post("signin/code", { ...next(later), code });
        expect((await strict.me(signedIn.body.id_token)).status).to.equal(200);
        const again = await strict.post("signin/code", { ...next(later), code });
        expect([again.status, again.body.error]).to.deep.equal([401, "Sign in again"]);
    });

    it("answers the old sign-in as before: tokens, or that there is one more step", async () => {
        const plain = await open.post("signin", { email: await member(open), password: PASSWORD });
        expect(plain.body.id_token).to.be.a("string");
        const { status, body } = await strict.post("signin", { email: await member(strict), password: PASSWORD });
        expect([status, body.error]).to.deep.equal([403, "Challenge"]);
        expect(body.message).to.include("MFA_SETUP");
    });

    it("renews the tokens of a sign-in, until its person signs out", async () => {
        const { body } = await open.post("signin", { email: await member(open), password: PASSWORD });
        const { refresh_token } = body;
        const renewed = await open.post("refresh", { refresh_token });
        expect(renewed.status, JSON.stringify(renewed.body)).to.equal(200);
        expect(renewed.body).to.include.keys("id_token", "access_token").and.not.have.property("refresh_token");
        expect((await open.me(renewed.body.id_token)).status).to.equal(200);
        expect((await open.post("signout", {}, renewed.body.id_token)).status).to.equal(200);
        const late = await open.post("refresh", { refresh_token });
        expect([late.status, late.body.error]).to.deep.equal([401, "Sign in again"]);
    });

    it("renews nothing for a token that is no refresh token, or another pool's", async () => {
        const { body } = await open.post("signin", { email: await member(open), password: PASSWORD });
        for (const refresh_token of ["x", body.access_token, body.id_token, `${body.refresh_token}x`]) {
            expect((await open.post("refresh", { refresh_token })).status).to.equal(401);
        }
        expect((await strict.post("refresh", { refresh_token: body.refresh_token })).status).to.equal(401);
        expect((await open.post("refresh", {})).status).to.equal(400);
    });

    it("has who takes too long begin again", async () => {
        const begun = await strict.post("signin/begin", { email: await member(strict), password: PASSWORD });
        await gateway.setAhead(16 * 60);
        const code = oneTimePassword(begun.body.secret_code);
        const late = await strict.post("signin/authenticator", { ...next(begun), code });
        expect([late.status, late.body.error]).to.deep.equal([401, "Sign in again"]);
        const foreign = { username: "somebody", session: "x".repeat(200), code: "123456" };
        expect((await strict.post("signin/code", foreign)).status).to.equal(401);
    });

    it("says that a temporary password has run out", async () => {
        const { email, temporary } = await invite(strict);
        await gateway.setAhead(8 * 86_400);
        const { status, body } = await strict.post("signin/begin", { email, password: temporary });
        expect([status, body.error]).to.deep.equal([403, "Invitation over"]);
    });

    it("signs up, confirms the address with the code of the mail, sends it again, and signs in", async () => {
        expect((await open.get("signup")).body.open).to.equal(true);
        const email = await newcomer();
        const first = await gateway.codeOf(email);
        const early = await open.post("signin/begin", { email, password: PASSWORD });
        expect([early.status, early.body.error]).to.deep.equal([403, "Not confirmed"]);
        expect((await open.post("resend-code", { email })).status).to.equal(200);
        const code = await gateway.codeOf(email);
        expect(code).not.to.equal(first);
        const wrong = await open.post("confirm", { email, code: first });
        expect([wrong.status, wrong.body.error]).to.deep.equal([400, "Wrong code"]);
        expect((await open.post("confirm", { email, code })).status).to.equal(200);
        const { body } = await open.post("signin/begin", { email, password: PASSWORD });
        expect((await open.me(body.id_token)).status).to.equal(200);
    });

    it("refuses to sign people up where they are invited, and says so before", async () => {
        expect((await strict.get("signup")).body.open).to.equal(false);
        const { status, body } = await strict.post("signup", { email: address(), password: PASSWORD });
        expect([status, body.error]).to.deep.equal([403, "Closed"]);
    });

    it("tells nobody which addresses are known", async () => {
        const known = await member(open);
        const invited = (await invite(open)).email;
        const waiting = await newcomer();
        const unknown = address();
        /** What is told, but for the address itself and the made-up id of who would have signed up. */
        const told = async (route: string, email: string, more: object = {}) => {
            const { status, body } = await open.post(route, { email, ...more });
            const text = JSON.stringify(body).replaceAll(email, "ADDRESS");
            return `${status} ${text.replaceAll(/[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}/g, "ID")}`;
        };
        for (const [route, more] of [
            ["forgot-password", {}],
            ["resend-code", {}],
            ["confirm", { code: "000000" }],
            ["reset-password", { code: "000000", new_password: NEXT_PASSWORD }],
            ["signin/begin", { password: "Not-the-password-1" }],
            ["signin", { password: "Not-the-password-1" }],
            ["signup", { password: PASSWORD }],
        ] as const) {
            const answers = new Set<string>();
            for (const email of [known, invited, unknown, waiting]) {
                answers.add(await told(route, email, more));
            }
            expect([...answers], `${route}: ${[...answers].join("\n")}`).to.have.length(1);
        }
        const { UserStatus } = await cognito.send(
            new AdminGetUserCommand({ UserPoolId: open.UserPoolId, Username: known }),
        );
        expect(UserStatus).to.equal("CONFIRMED");
    });

    it("sends a new code to who signs up once more before confirming", async () => {
        const email = await newcomer();
        const first = await gateway.codeOf(email);
        expect((await open.post("signup", { email, password: PASSWORD })).status).to.equal(200);
        const code = await gateway.codeOf(email);
        expect(code).not.to.equal(first);
        expect((await open.post("confirm", { email, code })).status).to.equal(200);
    });

    it("sets a forgotten password with the code of the mail", async () => {
        const email = await member(open);
        expect((await open.post("forgot-password", { email })).status).to.equal(200);
        const code = await gateway.codeOf(email);
        const weak = await open.post("reset-password", { email, code, new_password: "weak" });
        expect(weak.status).to.equal(400);
        expect(weak.body.message).to.match(/^The password is too simple\. ./);
        expect((await open.post("reset-password", { email, code, new_password: NEXT_PASSWORD })).status).to.equal(200);
        expect((await open.post("signin", { email, password: PASSWORD })).status).to.equal(401);
        expect((await open.post("signin", { email, password: NEXT_PASSWORD })).status).to.equal(200);
    });

    it("leads who must set the password anew to that", async () => {
        const email = await member(open);
        await cognito.send(new AdminResetUserPasswordCommand({ UserPoolId: open.UserPoolId, Username: email }));
        const { status, body } = await open.post("signin/begin", { email, password: PASSWORD });
        expect([status, body.error]).to.deep.equal([403, "Password reset"]);
        const code = await gateway.codeOf(email);
        expect((await open.post("reset-password", { email, code, new_password: NEXT_PASSWORD })).status).to.equal(200);
        expect((await open.post("signin", { email, password: NEXT_PASSWORD })).status).to.equal(200);
    });

    it("changes the password of who is signed in and knows it", async () => {
        const email = await member(open);
        const { body: tokens } = await open.post("signin", { email, password: PASSWORD });
        const change = (token: string | undefined, password: string, new_password = NEXT_PASSWORD) =>
            open.post("change-password", { password, new_password }, token);
        expect((await change(undefined, PASSWORD)).status).to.equal(401);
        const byIdToken = await change(tokens.id_token, PASSWORD);
        expect([byIdToken.status, byIdToken.body.error]).to.deep.equal([403, "Wrong token"]);
        const wrong = await change(tokens.access_token, "Not-the-password-1");
        expect([wrong.status, wrong.body.error]).to.deep.equal([403, "Wrong password"]);
        expect((await change(tokens.access_token, PASSWORD, "weak")).status).to.equal(400);
        expect((await change(tokens.access_token, PASSWORD)).status).to.equal(200);
        expect((await open.post("signin", { email, password: NEXT_PASSWORD })).status).to.equal(200);
    });

    it("sets an authenticator up for who wants one, and asks for its code from then on", async () => {
        const email = await member(open);
        const { body: tokens } = await open.post("signin", { email, password: PASSWORD });
        expect((await open.post("authenticator", {}, tokens.id_token)).status).to.equal(403);
        const { body: made } = await open.post("authenticator", {}, tokens.access_token);
        const key = made.secret_code;
        const verify = (code: string) => open.post("authenticator/verify", { code }, tokens.access_token);
        const wrong = await verify(wrongCode(key));
        expect([wrong.status, wrong.body.error]).to.deep.equal([400, "Wrong code"]);
        expect((await open.post("signin/begin", { email, password: PASSWORD })).body.challenge).to.equal(undefined);
        expect((await verify(oneTimePassword(key))).status).to.equal(200);
        const begun = await open.post("signin/begin", { email, password: PASSWORD });
        expect(begun.body.challenge).to.equal("SOFTWARE_TOKEN_MFA");
        const code = oneTimePassword(key, 1);
        expect((await open.post("signin/code", { ...next(begun), code })).body.id_token).to.be.a("string");
    });

    describe("a sign-in that is over", () => {
        const signIn = async (email: string) => (await open.post("signin", { email, password: PASSWORD })).body;
        const account = (Username: string) => ({ UserPoolId: open.UserPoolId, Username });

        for (const [what, end] of [
            [
                "signed out everywhere by an administrator",
                (email: string) => cognito.send(new AdminUserGlobalSignOutCommand(account(email))),
            ],
            ["closed with its account", (email: string) => cognito.send(new AdminDeleteUserCommand(account(email)))],
            ["locked with its account", (email: string) => cognito.send(new AdminDisableUserCommand(account(email)))],
            [
                "signed out by its owner",
                async (_email: string, accessToken: string) => {
                    expect((await open.post("signout", {}, accessToken)).status).to.equal(200);
                },
            ],
        ] as const) {
            it(`lets nobody in any more: ${what}`, async () => {
                const email = await member(open);
                const [used, unused] = [await signIn(email), await signIn(email)];
                expect((await open.me(used.access_token)).status).to.equal(200);
                await end(email, used.access_token);
                for (const token of [unused.access_token, unused.id_token]) {
                    const answer = await open.me(token);
                    expect([answer.status, (await read(answer)).message]).to.deep.equal([
                        401,
                        "You are signed out; sign in again.",
                    ]);
                }
            });
        }

        it("can be ended by nobody else, and by either token", async () => {
            expect((await open.post("signout", {})).status).to.equal(401);
            const email = await member(open);
            const tokens = await signIn(email);
            const other = await signIn(email);
            expect((await open.post("signout", {}, tokens.id_token)).status).to.equal(200);
            expect((await open.me(other.id_token)).status).to.equal(401);
        });
    });

    it("lets one network try some wrong passwords, and keeps nobody else from signing in", async () => {
        const pool = await SignInPool.open(world, cognito, { mfa: "OPTIONAL", adminsOnly: false });
        try {
            const [email, another] = [await member(pool), await member(pool)];
            const from = (network: string) => ({ "x-forwarded-for": `${network}, 10.0.0.1` });
            const signIn = (password: string, network: string, route = "signin", who = email) =>
                pool.post(route, { email: who, password }, undefined, from(network));
            for (let at = 0; at < 60; at += 1) {
                expect((await signIn(PASSWORD, "192.0.2.9")).status, "right ones count for nothing").to.equal(200);
            }
            const tried = await Promise.all(
                Array.from({ length: 60 }, (_, at) =>
                    signIn(`wrong-${at}`, "192.0.2.9", at % 2 ? "signin" : "signin/begin"),
                ),
            );
            expect(tried.filter(({ status }) => status === 429)).to.have.lengthOf(10);
            expect((await signIn(PASSWORD, "192.0.2.9")).status).to.equal(429);
            // Cognito itself lets the one whose password was tried wait.
            expect((await signIn(PASSWORD, "192.0.2.10", "signin", another)).status).to.equal(200);
        } finally {
            await pool.close();
        }
    });

    it("sends one address few mails, and one network not many", async () => {
        const pool = await SignInPool.open(world, cognito, { mfa: "OPTIONAL", adminsOnly: false });
        try {
            const forgot = (email: string, network: string) =>
                pool.post("forgot-password", { email }, undefined, {
                    "x-forwarded-for": `6.6.6.6, ${network}, 10.0.0.1`,
                });
            const states: number[] = [];
            for (let at = 0; at < 6; at += 1) {
                states.push((await forgot(at % 2 ? "One@example.com" : "one@example.com", `192.0.2.${at}`)).status);
            }
            expect(states).to.deep.equal([200, 200, 200, 200, 200, 429]);
            const many: Told[] = [];
            for (let at = 0; at < 31; at += 1) {
                many.push(await forgot(`reader-${at}@example.com`, `2001:db8:1:2:${at}::1`));
            }
            expect(many.map(({ status }) => status)).to.deep.equal([...Array(30).fill(200), 429]);
            expect(Number(many.at(-1)?.headers.get("retry-after"))).to.be.within(3000, 3600);
            expect((await forgot("two@example.com", "198.51.100.1")).status).to.equal(200);
        } finally {
            await pool.close();
        }
    });
});

/** A code that none of the moments has that are taken. */
function wrongCode(key: string): string {
    const right = [-1, 0, 1, 2].map((steps) => oneTimePassword(key, steps));
    return ["000000", "111111", "222222", "333333", "444444"].find((code) => !right.includes(code)) ?? "";
}
