import { z } from "zod";
import { defineCommand } from "../command.ts";
import { CommandFailure } from "../exitCodes.ts";
import { type Answers, signIn } from "../signIn.ts";
import { askFor, hasPerson, say } from "../terminal.ts";

const result = z.strictObject({
    token: z.string().describe("The Cognito ID token, as the REST API and the agent service take it."),
    expiresAt: z.iso.datetime(),
});

/** Prints a token for trying the API. */
export const tokenCommand = defineCommand<z.output<typeof result>>({
    name: "token",
    about: "sign in to the stack's user pool and print an ID token, for trying the API",
    help: `Asks for user and password, or takes them from STORY42_USER and STORY42_PASSWORD (and what the pool may ask for from
STORY42_MFA_CODE or STORY42_NEW_PASSWORD). Where the pool wants an authenticator app that is not set up yet, it shows the
key for it and asks for the app's code, which takes a terminal. Prints the token alone:

  curl -X POST "$(story42 outputs api_endpoint)/generate-story" -H "Authorization: Bearer $(story42 token)" ...`,
    result,
    async run({ stack, signal }) {
        const { outputs, clients } = await (await stack()).deployed();
        const user = await askFor({ variable: "STORY42_USER", question: "E-mail address" }, signal);
        const password = await askFor({ variable: "STORY42_PASSWORD", question: "Password", secret: true }, signal);
        const clientId = outputs.cognito_user_pool_client_id;
        const tokens = await signIn({ clientId, user, password }, clients.cognito, personAt(user, signal));
        return {
            token: tokens.IdToken ?? "",
            expiresAt: new Date(Date.now() + (tokens.ExpiresIn ?? 0) * 1000).toISOString(),
        };
    },
    text: ({ token }) => token,
});

const NEW_PASSWORD = { variable: "STORY42_NEW_PASSWORD", question: "New password", secret: true };
const CODE = { variable: "STORY42_MFA_CODE", question: "Code of the authenticator app", secret: true };

function personAt(user: string, signal: AbortSignal): Answers {
    return {
        newPassword: () => askFor(NEW_PASSWORD, signal),
        code: () => askFor(CODE, signal),
        showKey(key) {
            if (!hasPerson()) {
                throw new CommandFailure(
                    "sign_in_failed",
                    "The pool wants an authenticator app to be set up, and there is no terminal to show its key at: " +
                        "run this at one, or sign in at the site.",
                );
            }
            const label = `Story-42:${encodeURIComponent(user)}`;
            say(`Set this account up in an authenticator app, by the key or the address:
  ${key}
  otpauth://totp/${label}?secret=${key}&issuer=Story-42
Keep the key somewhere safe: with it another phone can be set up.`);
        },
        refused(why) {
            // Answers from the environment would be the same the next time.
            if (!hasPerson() || process.env[NEW_PASSWORD.variable] || process.env[CODE.variable]) {
                return false;
            }
            say(why);
            return true;
        },
    };
}
