import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { Link, Redirect, Route, Switch, useLocation } from "wouter";
import { Account } from "./Account.tsx";
import { signOut } from "./account.ts";
import { Offline } from "./offline/Offline.tsx";
import { SignIn } from "./SignIn.tsx";
import { SignInAgain } from "./SignInAgain.tsx";
import { Stories } from "./Stories.tsx";
import { Story } from "./Story.tsx";
import { useSession } from "./session.ts";
import { SharedStory } from "./sharing/SharedStory.tsx";
import type { LastRequest } from "./storyRun.ts";
import { NewStory } from "./wish/NewStory.tsx";

/** The frame of every page; without a session it shows the sign-in page, and then the requested page. */
export function App() {
    const session = useSession();
    const { t } = useTranslation();
    return (
        <>
            <a className="skip" href="#main">
                {t("Skip to the content")}
            </a>
            <header className="bar">
                <div>
                    <Link href="/" className="brand">
                        <img src="/icon.svg" alt="" width="32" height="32" />
                        Story-42
                    </Link>
                    {session && <Navigation email={session.email} />}
                </div>
            </header>
            <Offline />
            <main id="main" tabIndex={-1}>
                <Switch>
                    <Route path="/shared/:token">{({ token }) => <SharedStory key={token} token={token} />}</Route>
                    <Route>{session ? <Pages key={session.sub} email={session.email} /> : <SignIn />}</Route>
                </Switch>
            </main>
            {session?.ended && <SignInAgain email={session.email} />}
        </>
    );
}

function Navigation({ email }: { email: string }) {
    const { t } = useTranslation();
    const [location] = useLocation();
    const current = (path: string) => (location === path ? "page" : undefined);
    return (
        <nav aria-label={t("Main")}>
            <Link href="/" aria-current={current("/")}>
                {t("New story")}
            </Link>
            <Link href="/stories" aria-current={current("/stories")}>
                {t("My stories")}
            </Link>
            <Link href="/account" aria-current={current("/account")}>
                {t("Account")}
            </Link>
            <button type="button" className="quiet" onClick={signOut} title={t("Signed in as {{email}}", { email })}>
                {t("Sign out")}
            </button>
        </nav>
    );
}

function Pages({ email }: { email: string }) {
    const last = useRef<LastRequest>(undefined);
    useEffect(() => () => last.current?.begun?.listening?.leaving.abort(), []);
    return (
        <Switch>
            <Route path="/">
                <NewStory last={last} />
            </Route>
            <Route path="/stories">
                <Stories />
            </Route>
            <Route path="/account">
                <Account email={email} />
            </Route>
            {/* One route for both, so that the narration keeps playing while the book is opened or closed. */}
            <Route path="/stories/:id/:view?">
                {({ id, view }) => <Story key={id} id={id} isOpen={view === "read"} last={last} />}
            </Route>
            <Route>
                <Redirect to="/" />
            </Route>
        </Switch>
    );
}
