import { useTranslation } from "react-i18next";
import hero from "./hero.svg";
import { usePage } from "./page.ts";
import { SignInSteps } from "./SignInSteps.tsx";
import { LanguageChoice } from "./words/LanguageChoice.tsx";

export function SignIn() {
    const { t } = useTranslation();
    const heading = usePage(t("Sign in"));
    return (
        <section className="page welcome">
            <div className="pitch">
                <h1 ref={heading} tabIndex={-1}>
                    {t("Your own story, illustrated and read aloud")}
                </h1>
                <p>
                    {t(
                        "Say what it should be about, and watch how it is researched, written, illustrated and narrated.",
                    )}
                </p>
                <img src={hero} alt="" width="640" height="360" />
            </div>
            <div>
                <SignInSteps />
                <LanguageChoice />
            </div>
        </section>
    );
}
