import { type FormEvent, useState } from "react";
import { signIn } from "./api.ts";
import { Field } from "./fields.tsx";
import hero from "./hero.svg";
import { Problem } from "./Problem.tsx";
import { usePage } from "./page.ts";

export function SignIn() {
    const [error, setError] = useState<unknown>();
    const [busy, setBusy] = useState(false);
    const heading = usePage("Sign in");

    async function submit(event: FormEvent<HTMLFormElement>) {
        event.preventDefault();
        const form = new FormData(event.currentTarget);
        setBusy(true);
        setError(undefined);
        try {
            await signIn(String(form.get("email")), String(form.get("password")));
        } catch (problem) {
            setError(problem);
            setBusy(false);
        }
    }

    return (
        <section className="page welcome">
            <div className="pitch">
                <h1 ref={heading} tabIndex={-1}>
                    A story for you, drawn and told aloud
                </h1>
                <p>Say what it should be about, and watch how it is researched, written, illustrated and narrated.</p>
                <img src={hero} alt="" width="640" height="360" />
            </div>
            <form className="card" onSubmit={submit} aria-label="Sign in">
                <h2>Sign in</h2>
                <Field label="E-mail">
                    {(id) => <input id={id} name="email" type="email" autoComplete="username" required />}
                </Field>
                <Field label="Password">
                    {(id) => <input id={id} name="password" type="password" autoComplete="current-password" required />}
                </Field>
                <Problem error={error} />
                <button type="submit" disabled={busy}>
                    {busy ? "Signing in…" : "Sign in"}
                </button>
            </form>
        </section>
    );
}
