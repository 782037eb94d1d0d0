import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Authenticator } from "./Authenticator.tsx";
import {
    beginSignIn,
    changePassword,
    enterCode,
    makeAuthenticator,
    type SignInStep,
    verifyAuthenticator,
} from "./account.ts";
import { ApiError } from "./api.ts";
import { usePage } from "./page.ts";
import { CodeForm } from "./SignInSteps.tsx";
import { NewPasswordField, PasswordField, StepForm, UsernameField } from "./StepForm.tsx";
import { useSession } from "./session.ts";
import { LanguageChoice } from "./words/LanguageChoice.tsx";

/** The signed-in person's account and sign-in settings. */
export function Account({ email }: { email: string }) {
    const { t } = useTranslation();
    const heading = usePage(t("Account"));
    const session = useSession();
    return (
        <section className="page account">
            <header className="intro">
                <h1 ref={heading} tabIndex={-1}>
                    {t("Your account")}
                </h1>
                <p>{t("You are signed in as {{email}}.", { email })}</p>
                <p className="note">
                    {session?.isKept
                        ? t(
                              "You stay signed in on this device until you sign out, and can read offline what you have opened.",
                          )
                        : t(
                              "You are signed out when you close this tab. To stay signed in, choose so when you sign in the next time.",
                          )}
                </p>
            </header>
            <LanguageChoice />
            <PasswordChange email={email} />
            <AuthenticatorSetUp email={email} />
        </section>
    );
}

function PasswordChange({ email }: { email: string }) {
    const { step, begin, done, notice } = useNewSignIn(email);
    const [next, setNext] = useState("");

    async function change(password: string, next: string, accessToken: string | undefined) {
        await changePassword(accessToken ?? "", password, next);
        done("Your password has been changed.");
    }

    if (step) {
        const { password } = step;
        return <CodeForm submit={async (code) => change(password, next, (await enterCode(step, code)).access_token)} />;
    }
    return (
        <StepForm
            // A new key resets the form after success.
            key={notice}
            title="Change password"
            action={["Change it", "Changing it…"]}
            notice={notice}
            submit={async (field) => {
                const [password, next] = [field("password"), field("new_password")];
                setNext(next);
                await begin(password, (accessToken) => change(password, next, accessToken));
            }}
        >
            <UsernameField email={email} />
            <PasswordField label="Current password" />
            <NewPasswordField />
        </StepForm>
    );
}

/** Sets up an authenticator app, or replaces it. */
function AuthenticatorSetUp({ email }: { email: string }) {
    const { t } = useTranslation();
    const { step, begin, done, notice } = useNewSignIn(email);
    const [made, setMade] = useState<{ secret: string; accessToken: string }>();

    async function make(accessToken = "") {
        setMade({ secret: await makeAuthenticator(accessToken), accessToken });
    }

    if (made) {
        return (
            <Authenticator
                secret={made.secret}
                email={email}
                submit={async (code) => {
                    await verifyAuthenticator(made.accessToken, code);
                    setMade(undefined);
                    done("Your authenticator is set up.");
                }}
            />
        );
    }
    if (step) {
        return <CodeForm submit={async (code) => make((await enterCode(step, code)).access_token)} />;
    }
    return (
        <StepForm
            key={notice}
            title="Set up an authenticator"
            intro={
                <p>
                    {t(
                        "With an authenticator app, nobody can sign in with your password alone. Setting up a new one replaces the old one.",
                    )}
                </p>
            }
            action={["Set it up", "Checking…"]}
            notice={notice}
            submit={(field) => begin(field("password"), make)}
        >
            <UsernameField email={email} />
            <PasswordField label="Your password" />
        </StepForm>
    );
}

/** Requires a new sign-in before a change: somebody who finds the page open does not know the password. */
function useNewSignIn(email: string) {
    /** The sign-in that waits for the authenticator's code. */
    const [step, setStep] = useState<SignInStep & { password: string }>();
    const [notice, setNotice] = useState<string>();

    async function begin(password: string, go: (accessToken: string | undefined) => Promise<void>) {
        setNotice(undefined);
        const step = await beginSignIn(email, password).catch((problem) => {
            throw problem instanceof ApiError && problem.status === 401
                ? new Error("The current password is wrong.")
                : problem;
        });
        if (step.challenge) {
            setStep({ ...step, password });
        } else {
            await go(step.access_token);
        }
    }

    function done(what: string) {
        setStep(undefined);
        setNotice(what);
    }

    return { step, begin, done, notice };
}
