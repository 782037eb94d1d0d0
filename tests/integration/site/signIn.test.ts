import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CognitoIdentityProviderClient } from "@aws-sdk/client-cognito-identity-provider";
import { expect } from "chai";
import type { Browser, Page } from "playwright-core";
import { oneTimePassword } from "../../../standins/oneTimePassword.ts";
import { startUpstreams, type TestUpstreams } from "../../kit/agent/dependencies.ts";
import { until } from "../../kit/agent/scene.ts";
import { PASSWORD, SignInPool } from "../../kit/agent/signInPool.ts";
import { makeWorld } from "../../kit/agent/world.ts";
import { openBrowser, Visit } from "../../kit/deployed/browser.ts";
import { GatewayWorld } from "../../kit/gateway/world.ts";
import { buildSite, Front, removeSite } from "../../kit/site/front.ts";

const NEXT_PASSWORD = "Another-Password-1";
const PHONE = 390;

/** Somebody in Chromium before the site, with mails and time from the emulator's side and no call mocked. */
describe("Signing in at the site", function () {
    this.timeout(240_000);
    let gateway: GatewayWorld;
    let upstreams: TestUpstreams;
    let browser: Browser;
    let folder: string;
    /** People are invited, and need an authenticator. */
    let strict: SignInPool;
    let strictFront: Front;
    /** Anybody may sign up. */
    let open: SignInPool;
    let openFront: Front;
    let visit: Visit;
    let page: Page;

    before(async () => {
        [gateway, upstreams, folder, browser] = await Promise.all([
            GatewayWorld.open({ AUTH: "true" }),
            startUpstreams(),
            buildSite(),
            openBrowser(),
        ]);
        const cognito = gateway.client(CognitoIdentityProviderClient);
        const world = await makeWorld({ url: gateway.url }, upstreams);
        strict = await SignInPool.open(world, cognito, { mfa: "ON", adminsOnly: true });
        open = await SignInPool.open(world, cognito, { mfa: "OPTIONAL", adminsOnly: false });
        strictFront = await Front.open(folder, strict.url);
        openFront = await Front.open(folder, open.url);
    });
    afterEach(async () => {
        expect(visit.complaints.filter((one) => one.includes("Content Security Policy"))).to.deep.equal([]);
        await visit.close();
    });
    after(async () => {
        await browser?.close();
        await Promise.all([strictFront?.close(), openFront?.close(), strict?.close(), open?.close()]);
        await upstreams?.stop();
        await gateway?.close();
        removeSite(folder);
    });

    async function come(front: Front, width?: number): Promise<void> {
        visit = await Visit.open(browser, front.url, width);
        page = visit.page;
    }
    const press = (name: string) => page.getByRole("button", { name, exact: true }).click();
    const said = (text: string | RegExp) => page.getByRole("alert").getByText(text).waitFor();
    const inside = () => page.getByRole("heading", { name: "What should the story be about?" }).waitFor();
    async function enter(email: string, password: string): Promise<void> {
        await page.getByLabel("Email").fill(email);
        await page.getByLabel("Password", { exact: true }).fill(password);
        await press("Sign in");
    }
    /** The page's token with a signature that is nobody's, as one that is taken no more. */
    async function endSession(): Promise<void> {
        await page.evaluate(`for (const [key, token] of Object.entries(sessionStorage)) {
            sessionStorage.setItem(key, token.replace(/.{20}$/, "A".repeat(20)));
        }`);
        await page.reload();
        await inside();
    }

    /** The next call of a route brings a token that the service refuses, as one that has run out. */
    const spoilNextCall = (route: string) =>
        page.route(
            `**/api/v1/${route}*`,
            (call) => call.continue({ headers: { ...call.request().headers(), authorization: "Bearer x.y.z" } }),
            { times: 1 },
        );
    const keptTokens = () =>
        page.evaluate<Record<"id_token" | "refresh_token", string>>(
            "JSON.parse(localStorage.getItem('story-42-kept-session'))",
        );
    const isRevoked = (refresh_token: string) =>
        until(async () => (await open.post("refresh", { refresh_token })).status === 401);

    it("leads an invited administrator from the mail to the site: new password, authenticator, story", async () => {
        await come(strictFront, PHONE);
        const flaws: string[] = [];
        const look = async (state: string) => flaws.push(...(await visit.flaws(state)));
        expect(await page.getByRole("button", { name: "New here?" }).count()).to.equal(0);
        const { email, temporary } = await strict.invite("administrator@example.com", gateway);
        await enter(email, temporary);

        await page.getByRole("heading", { name: "Choose your password" }).waitFor();
        await page.locator("[name=new_password]:focus").waitFor();
        await look("new-password");
        await page.keyboard.type("weak");
        await press("Continue");
        await said(/too simple/);
        await page.getByLabel("New password", { exact: true }).fill(PASSWORD);
        await press("Continue");

        await page.getByRole("heading", { name: "Set up your authenticator" }).waitFor();
        await page.getByRole("img", { name: "QR code of the key" }).waitFor();
        await look("authenticator");
        const key = ((await page.locator("code").textContent()) ?? "").replaceAll(" ", "");
        await page.getByLabel("Code from the app").fill("000000");
        await press("Finish");
        await said(/The code is wrong/);
        await page.getByLabel("Code from the app").fill(oneTimePassword(key));
        await press("Finish");
        await inside();

        await press("Sign out");
        await enter(email, PASSWORD);
        await page.getByRole("heading", { name: "Enter the code" }).waitFor();
        await look("code");
        await page.keyboard.type(oneTimePassword(key, 1));
        await press("Continue");
        await inside();
        expect(flaws).to.deep.equal([]);
    });

    it("begins again with who takes too long", async () => {
        await come(strictFront);
        await enter(await strict.member("slow@example.com"), PASSWORD);
        await page.getByLabel("Code from the app").fill("000000");
        await gateway.setAhead(16 * 60);
        await press("Finish");
        await said(/took too long/);
        expect(await page.getByLabel("Email").inputValue()).to.equal("slow@example.com");
        await gateway.setAhead(0);
    });

    it("signs up a reader, who confirms the address with the second code that is mailed", async () => {
        await come(openFront);
        const email = "reader@example.com";
        await press("New here? Create an account");
        expect(await visit.flaws("sign-up")).to.deep.equal([]);
        await page.getByLabel("Email").fill(email);
        await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
        await press("Create account");
        await page.getByRole("heading", { name: "Confirm your address" }).waitFor();
        expect(await visit.flaws("confirm")).to.deep.equal([]);
        const first = await gateway.codeOf(email);
        await press("Send it again");
        await page.getByRole("status").getByText("The code has been sent again.").waitFor();
        await page.getByLabel("Code from the email").fill(first);
        await press("Confirm");
        await said("The code is wrong, or it has expired.");
        await page.getByLabel("Code from the email").fill(await gateway.codeOf(email));
        await press("Confirm");
        await inside();
    });

    it("asks who never confirmed the address for the code at the sign-in", async () => {
        const email = "later@example.com";
        await open.post("signup", { email, password: PASSWORD });
        await come(openFront);
        await enter(email, PASSWORD);
        await page.getByLabel("Code from the email").fill(await gateway.codeOf(email));
        await press("Confirm");
        await inside();
    });

    it("sets a forgotten password with the code of the mail", async () => {
        const email = await open.member("forgetful@example.com");
        await come(openFront);
        await press("Forgot your password?");
        expect(await visit.flaws("forgotten")).to.deep.equal([]);
        await press("Back");
        await press("Forgot your password?");
        await page.getByLabel("Email").fill(email);
        await press("Send me a code");
        await page.getByRole("heading", { name: "Set a new password" }).waitFor();
        await page.getByLabel("Code from the email").fill(await gateway.codeOf(email));
        expect(await visit.flaws("reset")).to.deep.equal([]);
        await page.getByLabel("New password", { exact: true }).fill(NEXT_PASSWORD);
        await press("Set the password");
        await inside();
    });

    it("changes the password of who knows the present one", async () => {
        const email = await open.member("careful@example.com");
        await come(openFront, PHONE);
        await enter(email, PASSWORD);
        await page.getByRole("link", { name: "Account" }).click();
        await page.getByText(`You are signed in as ${email}.`).waitFor();
        expect(await visit.flaws("account")).to.deep.equal([]);
        await page.getByLabel("Current password").fill("Not-the-password-1");
        await page.getByLabel("New password", { exact: true }).fill(NEXT_PASSWORD);
        await press("Change it");
        await said("The current password is wrong.");
        await page.getByLabel("Current password").fill(PASSWORD);
        await press("Change it");
        await page.getByRole("status").getByText("Your password has been changed.").waitFor();
        await press("Sign out");
        await enter(email, NEXT_PASSWORD);
        await page.getByText(`You are signed in as ${email}.`).waitFor();
    });

    it("sets an authenticator up for who wants one, and changes the password with its code", async () => {
        const email = await open.member("cautious@example.com");
        await come(openFront);
        await enter(email, PASSWORD);
        await page.getByRole("link", { name: "Account" }).click();
        await page.getByLabel("Your password").fill(PASSWORD);
        await press("Set it up");
        const key = ((await page.locator("code").textContent()) ?? "").replaceAll(" ", "");
        await page.getByLabel("Code from the app").fill(oneTimePassword(key));
        await press("Finish");
        await page.getByRole("status").getByText("Your authenticator is set up.").waitFor();
        await page.getByLabel("Current password").fill(PASSWORD);
        await page.getByLabel("New password", { exact: true }).fill(NEXT_PASSWORD);
        await press("Change it");
        await page.getByLabel("Code from the app").fill(oneTimePassword(key, 1));
        await press("Continue");
        await page.getByRole("status").getByText("Your password has been changed.").waitFor();
    });

    it("keeps what was typed when the session ends, and goes on with it after the sign-in", async () => {
        const email = await open.member("typing@example.com");
        await come(openFront);
        await enter(email, PASSWORD);
        await inside();
        await endSession();
        await page.getByLabel("Topic").fill("A lighthouse that goes for a walk");
        await press("Make the story");
        const dialog = page.getByRole("dialog");
        await dialog.getByText("Your session has ended.").waitFor();
        await dialog.locator("[type=password]:focus").waitFor();
        expect(await visit.flaws("ended")).to.deep.equal([]);
        await page.keyboard.press("Escape");
        await page.keyboard.press("Escape");
        expect(await dialog.getByLabel("Email").inputValue()).to.equal(email);
        await dialog.getByLabel("Password", { exact: true }).fill(PASSWORD);
        await press("Sign in");
        await page.waitForURL(/\/stories\/[\w-]+$/);
        expect(await dialog.count()).to.equal(0);
        expect(await page.evaluate("Object.keys(sessionStorage).length")).to.equal(1);
    });

    it("renews the tokens in time, so that nobody is asked who has just signed in", async () => {
        await come(openFront);
        await enter(await open.member("reading@example.com"), PASSWORD);
        await inside();
        const before = await page.evaluate("sessionStorage.getItem('story-42-token')");
        await spoilNextCall("stories/list");
        await page.getByRole("link", { name: "My stories" }).click();
        await page.getByText("You have no stories yet.").waitFor();
        expect(await page.evaluate("sessionStorage.getItem('story-42-token')"))
            .to.match(/\..+\./)
            .and.not.equal(before);
    });

    it("ends with the tab where one does not ask to stay signed in", async () => {
        await come(openFront);
        await enter(await open.member("passing@example.com"), PASSWORD);
        await inside();
        expect(await page.evaluate("localStorage.length")).to.equal(0);
        await page.close();
        page = await visit.context.newPage();
        await page.goto("/account");
        await page.getByLabel("Email").waitFor();
    });

    it("stays over a restart of the browser where one asks for that, and is renewed, until one signs out", async () => {
        const email = await open.member("staying@example.com");
        const profile = mkdtempSync(join(tmpdir(), "story-42-profile-"));
        const restart = async () => {
            visit = await Visit.openOn(profile, openFront.url, PHONE);
            page = visit.page;
        };
        try {
            await restart();
            await page.getByLabel("Keep me signed in").check();
            expect(await visit.flaws("keep-signed-in")).to.deep.equal([]);
            await enter(email, PASSWORD);
            await inside();
            const kept = await keptTokens();
            await visit.close();

            await restart();
            await inside();
            await spoilNextCall("stories/list");
            await page.getByRole("link", { name: "My stories" }).click();
            await page.getByText("You have no stories yet.").waitFor();
            const renewed = await keptTokens();
            expect(renewed.refresh_token).to.equal(kept.refresh_token);
            expect(renewed.id_token).to.not.equal(kept.id_token);
            await page.getByRole("link", { name: "Account" }).click();
            await page.getByText("You stay signed in on this device").waitFor();
            expect(await visit.flaws("account-kept")).to.deep.equal([]);

            const other = await visit.context.newPage();
            await other.goto(openFront.url);
            await other.getByRole("button", { name: "Sign out" }).click();
            // In every tab.
            await page.getByLabel("Email").waitFor();
            expect(await page.evaluate("localStorage.length + sessionStorage.length")).to.equal(0);
            await isRevoked(kept.refresh_token);
        } finally {
            await visit.close();
            rmSync(profile, { recursive: true, force: true });
        }
    });

    it("is revoked by a sign-out even where the ID token has run out", async () => {
        await come(openFront);
        await page.getByLabel("Keep me signed in").check();
        await enter(await open.member("idle@example.com"), PASSWORD);
        await inside();
        const { refresh_token } = await keptTokens();
        await spoilNextCall("auth/signout");
        await press("Sign out");
        await page.getByLabel("Email").waitFor();
        await isRevoked(refresh_token);
    });

    it("asks who stays signed in, and has signed out elsewhere, for the password, and goes on", async () => {
        const email = await open.member("elsewhere@example.com");
        await come(openFront);
        await page.getByLabel("Keep me signed in").check();
        await enter(email, PASSWORD);
        await inside();
        const { id_token } = await keptTokens();
        expect((await open.post("signout", {}, id_token)).status).to.equal(200);
        await spoilNextCall("story/generate-pipeline");
        await page.getByLabel("Topic").fill("A lighthouse that goes for a walk");
        await press("Make the story");
        const dialog = page.getByRole("dialog");
        await dialog.getByText("Your session has ended.").waitFor();
        expect(await dialog.getByLabel("Keep me signed in").isChecked()).to.equal(true);
        await dialog.getByLabel("Password", { exact: true }).fill(PASSWORD);
        await press("Sign in");
        await page.waitForURL(/\/stories\/[\w-]+$/);
        expect((await keptTokens()).id_token).to.not.equal(id_token);
    });

    it("leaves nothing of one person's page to another who signs in over it", async () => {
        const [first, second] = [await open.member("first@example.com"), await open.member("second@example.com")];
        await come(openFront);
        await enter(first, PASSWORD);
        await inside();
        await endSession();
        await page.getByLabel("Topic").fill("A secret");
        await page.getByText("More wishes").click();
        await page.getByLabel("Anything else?").fill("Nobody may know");
        await press("Make the story");
        await page.getByRole("dialog").waitFor();
        await enter(second, PASSWORD);
        await inside();
        expect(await page.getByLabel("Topic").inputValue()).to.equal("");
        await endSession();
        await page.getByRole("link", { name: "My stories" }).click();
        await press("Sign out instead");
        await page.getByRole("heading", { name: "Your own story" }).waitFor();
    });
});
