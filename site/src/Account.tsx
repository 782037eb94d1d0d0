import { useState } from "react";
import { beginSignIn, changePassword, enterCode, type SignInStep } from "./account.ts";
import { usePage } from "./page.ts";
import { CodeForm } from "./SignInSteps.tsx";
import { NewPasswordField, PasswordField, StepForm, Whose } from "./StepForm.tsx";

/** Who is signed in, and their password. */
export function Account({ email }: { email: string }) {
    const heading = usePage("Account");
    return (
        <section className="page">
            <header className="intro">
                <h1 ref={heading} tabIndex={-1}>
                    Your account
                </h1>
                <p>You are signed in as {email}.</p>
            </header>
            <PasswordChange email={email} />
        </section>
    );
}

interface Wanted {
    password: string;
    next: string;
    /** The sign-in that waits for the authenticator's code. */
    step: SignInStep;
}

/** Changes the password. That takes a new sign-in: whoever finds the page open does not know the old one. */
function PasswordChange({ email }: { email: string }) {
    const [wanted, setWanted] = useState<Wanted>();
    const [notice, setNotice] = useState<string>();

    async function change({ step: { access_token }, password, next }: Wanted) {
        await changePassword(access_token ?? "", password, next);
        setWanted(undefined);
        setNotice("Your password is changed.");
    }

    if (wanted) {
        return <CodeForm submit={async (code) => change({ ...wanted, step: await enterCode(wanted.step, code) })} />;
    }
    return (
        <StepForm
            // A form that has done its work is empty again.
            key={notice}
            title="Change the password"
            action={["Change it", "Changing it…"]}
            notice={notice}
            submit={async (field) => {
                const [password, next] = [field("password"), field("new_password")];
                setNotice(undefined);
                const step = await beginSignIn(email, password).catch((problem) => {
                    throw problem.status === 401 ? new Error("The present password is wrong.") : problem;
                });
                if (step.challenge) {
                    setWanted({ password, next, step });
                } else {
                    await change({ password, next, step });
                }
            }}
        >
            <Whose email={email} />
            <PasswordField label="Present password" />
            <NewPasswordField />
        </StepForm>
    );
}
