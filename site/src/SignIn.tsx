import hero from "./hero.svg";
import { usePage } from "./page.ts";
import { SignInSteps } from "./SignInSteps.tsx";

export function SignIn() {
    const heading = usePage("Sign in");
    return (
        <section className="page welcome">
            <div className="pitch">
                <h1 ref={heading} tabIndex={-1}>
                    Your own story, illustrated and read aloud
                </h1>
                <p>Say what it should be about, and watch how it is researched, written, illustrated and narrated.</p>
                <img src={hero} alt="" width="640" height="360" />
            </div>
            <SignInSteps />
        </section>
    );
}
