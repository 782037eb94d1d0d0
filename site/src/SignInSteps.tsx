import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Authenticator } from "./Authenticator.tsx";
import {
    beginSignIn,
    choosePassword,
    confirmAddress,
    enterCode,
    forgotPassword,
    resendCode,
    resetPassword,
    type SignInStep,
    setUpAuthenticator,
    signUp,
    signUpIsOpen,
} from "./account.ts";
import { ApiError } from "./api.ts";
import {
    CodeField,
    EmailField,
    KeepField,
    NewPasswordField,
    PasswordField,
    StepForm,
    UsernameField,
} from "./StepForm.tsx";
import { session, signInWith } from "./session.ts";

/** The step that the card shows. */
type Stage =
    | { at: "credentials"; problem?: unknown; notice?: string; moved?: boolean }
    | { at: "challenge"; step: SignInStep }
    | { at: "signUp" | "forgotten" }
    | { at: "confirm" | "reset"; notice?: string };

interface SignInStepsProps {
    /** The expected person. Default: anybody. */
    email?: string;
}

/** Signs a person in, for every state of the account. */
export function SignInSteps({ email: expected = "" }: SignInStepsProps) {
    const { t } = useTranslation();
    const [stage, setStage] = useState<Stage>({ at: "credentials" });
    const [email, setEmail] = useState(expected);
    // Kept only here and only until the sign-in ends, so that it needn't be entered again after the address is confirmed.
    const [password, setPassword] = useState("");
    const [isKept, setKept] = useState(session()?.isKept ?? false);
    const open = useOpenSignUp();
    const back = (
        <button type="button" className="link" onClick={() => setStage({ at: "credentials", moved: true })}>
            {t("Back")}
        </button>
    );

    function follow(step: SignInStep) {
        if (step.id_token) {
            signInWith(step, isKept);
        } else {
            setStage({ at: "challenge", step });
        }
    }

    async function begin(email: string, password: string) {
        setEmail(email);
        setPassword(password);
        try {
            follow(await beginSignIn(email, password));
        } catch (problem) {
            const code = problem instanceof ApiError ? problem.code : "";
            if (code === "Not confirmed") {
                setStage({ at: "confirm" });
            } else if (code === "Password reset") {
                setStage({ at: "reset" });
            } else {
                throw problem;
            }
        }
    }

    /** Continues after a challenge; an expired challenge starts the sign-in again. */
    async function answer(step: Promise<SignInStep>) {
        try {
            follow(await step);
        } catch (problem) {
            if (!(problem instanceof ApiError && problem.status === 401)) {
                throw problem;
            }
            setStage({ at: "credentials", problem, moved: true });
        }
    }

    /** Signs in with the values that were entered before; on failure, shows the form again. */
    async function beginAfter(done: string, password: string) {
        try {
            await begin(email, password);
        } catch {
            setStage({ at: "credentials", notice: done, moved: true });
        }
    }

    switch (stage.at) {
        case "credentials":
            return (
                <StepForm
                    key="credentials"
                    title="Sign in"
                    action={["Sign in", "Signing in…"]}
                    problem={stage.problem}
                    notice={stage.notice}
                    focus={stage.moved ? "field" : undefined}
                    submit={(field) => begin(field("email"), field("password"))}
                    aside={
                        <>
                            <button type="button" className="link" onClick={() => setStage({ at: "forgotten" })}>
                                {t("Forgot your password?")}
                            </button>
                            {open && !expected && (
                                <button type="button" className="link" onClick={() => setStage({ at: "signUp" })}>
                                    {t("New here? Create an account")}
                                </button>
                            )}
                        </>
                    }
                >
                    <EmailField initial={email} />
                    <PasswordField />
                    <KeepField isKept={isKept} onChange={setKept} />
                </StepForm>
            );
        case "challenge":
            return <Challenge key={stage.step.challenge} step={stage.step} email={email} answer={answer} />;
        case "signUp":
            return (
                <StepForm
                    key="signUp"
                    title="Create an account"
                    action={["Create account", "Creating it…"]}
                    focus="field"
                    submit={async (field) => {
                        await signUp(field("email"), field("new_password"));
                        setEmail(field("email"));
                        setPassword(field("new_password"));
                        setStage({ at: "confirm" });
                    }}
                    aside={back}
                >
                    <EmailField initial={email} />
                    <NewPasswordField label="Password" />
                </StepForm>
            );
        case "confirm":
            return (
                <StepForm
                    key="confirm"
                    title="Confirm your address"
                    intro={<MailSent to={email} />}
                    action={["Confirm", "Confirming…"]}
                    notice={stage.notice}
                    focus="field"
                    submit={async (field) => {
                        await confirmAddress(email, field("code").trim());
                        await beginAfter("Your address is confirmed. Sign in now.", password);
                    }}
                    aside={
                        <>
                            <SendAgain
                                send={() => resendCode(email)}
                                done={(notice) => setStage({ at: "confirm", notice })}
                            />
                            {back}
                        </>
                    }
                >
                    <CodeField label="Code from the email" />
                </StepForm>
            );
        case "forgotten":
            return (
                <StepForm
                    key="forgotten"
                    title="Forgot your password?"
                    intro={<p>{t("Enter your email address, and we send you a code to set a new password.")}</p>}
                    action={["Send me a code", "Sending…"]}
                    focus="field"
                    submit={async (field) => {
                        setEmail(field("email"));
                        await forgotPassword(field("email"));
                        setStage({ at: "reset" });
                    }}
                    aside={back}
                >
                    <EmailField initial={email} />
                </StepForm>
            );
        case "reset":
            return (
                <StepForm
                    key="reset"
                    title="Set a new password"
                    intro={<MailSent to={email} />}
                    action={["Set the password", "Saving…"]}
                    notice={stage.notice}
                    focus="field"
                    submit={async (field) => {
                        await resetPassword(email, field("code").trim(), field("new_password"));
                        await beginAfter("The new password is set. Sign in now.", field("new_password"));
                    }}
                    aside={
                        <>
                            <SendAgain
                                send={() => forgotPassword(email)}
                                done={(notice) => setStage({ at: "reset", notice })}
                            />
                            {back}
                        </>
                    }
                >
                    <UsernameField email={email} />
                    <CodeField label="Code from the email" />
                    <NewPasswordField />
                </StepForm>
            );
    }
}

interface ChallengeProps {
    step: SignInStep;
    email: string;
    answer: (step: Promise<SignInStep>) => Promise<void>;
}

/** Cognito's challenge after the password. */
function Challenge({ step, email, answer }: ChallengeProps) {
    const { t } = useTranslation();
    switch (step.challenge) {
        case "MFA_SETUP":
            return (
                <Authenticator
                    secret={step.secret_code ?? ""}
                    email={email}
                    submit={(code) => answer(setUpAuthenticator(step, code))}
                />
            );
        case "NEW_PASSWORD_REQUIRED":
            return (
                <StepForm
                    title="Choose your password"
                    intro={<p>{t("The one that was sent to you was for your first sign-in only.")}</p>}
                    action={["Continue", "Saving…"]}
                    focus="field"
                    submit={(field) => answer(choosePassword(step, field("new_password")))}
                >
                    <UsernameField email={email} />
                    <NewPasswordField />
                </StepForm>
            );
        default:
            return <CodeForm submit={(code) => answer(enterCode(step, code))} />;
    }
}

/** Asks for the authenticator app's code. */
export function CodeForm({ submit }: { submit: (code: string) => Promise<void> }) {
    const { t } = useTranslation();
    return (
        <StepForm
            title="Enter the code"
            intro={<p>{t("Your authenticator app shows six digits for Story-42.")}</p>}
            action={["Continue", "Checking…"]}
            focus="field"
            submit={(field) => submit(field("code").trim())}
            aside={
                <p className="note">
                    {t(
                        "Lost your phone? Set up the app on another one with the key that you kept, or ask whoever runs this site.",
                    )}
                </p>
            }
        >
            <CodeField label="Code from the app" />
        </StepForm>
    );
}

function MailSent({ to }: { to: string }) {
    const { t } = useTranslation();
    return (
        <p>
            {t(
                "A code is on its way to {{to}}, if it has an account here. It can take a minute; check your spam folder, too.",
                {
                    to,
                },
            )}
        </p>
    );
}

interface SendAgainProps {
    send: () => Promise<unknown>;
    /** Called with the notice to show. */
    done: (notice: string) => void;
}

function SendAgain({ send, done }: SendAgainProps) {
    const { t } = useTranslation();
    const [busy, setBusy] = useState(false);

    async function again() {
        setBusy(true);
        try {
            await send();
            done("The code has been sent again.");
        } catch (problem) {
            done((problem as Error).message);
        }
        setBusy(false);
    }

    return (
        <button type="button" className="link" onClick={again} disabled={busy}>
            {t("Send it again")}
        </button>
    );
}

/** Whether anybody may sign up; false until the answer is known. */
function useOpenSignUp(): boolean {
    const [open, setOpen] = useState(false);
    useEffect(() => {
        const leaving = new AbortController();
        signUpIsOpen(leaving.signal).then(setOpen, () => setOpen(false));
        return () => leaving.abort();
    }, []);
    return open;
}
