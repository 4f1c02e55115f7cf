import { memo } from "react"
import { ArrowUpRight, Brain, Building2, Database, Mail, ShieldAlert, Users } from "lucide-react"

const css = `
.hub-home { display: grid; gap: 1.1rem; width: 100%; font-size: 0.9rem; }
.hub-home h1 { font-size: 1.5rem; font-weight: 680; line-height: 1.25; overflow-wrap: anywhere; }
.hub-home .quiet { color: hsl(var(--muted-foreground)); }
.hub-home .warning { display: flex; gap: 0.6rem; align-items: flex-start; border: 1px solid hsl(38 92% 50% / 0.6); background: hsl(38 92% 50% / 0.12); border-radius: 0.6rem; padding: 0.6rem 0.8rem; }
.hub-home .warning svg { width: 1.1rem; height: 1.1rem; flex: none; margin-top: 0.1rem; color: hsl(32 95% 44%); }
.hub-home .warning a { text-decoration: underline; font-weight: 500; }
.hub-home .counts { display: grid; grid-template-columns: repeat(4, 1fr); gap: 0.6rem; }
.hub-home .count { border: 1px solid hsl(var(--border)); border-radius: 0.6rem; padding: 0.7rem 0.85rem; text-align: left; display: grid; gap: 0.1rem; }
.hub-home button { cursor: pointer; }
.hub-home button.count:hover, .hub-home .ask:hover { border-color: hsl(var(--primary)); background: hsl(var(--muted) / 0.6); }
.hub-home button:focus-visible { outline: 2px solid hsl(var(--ring)); outline-offset: 1px; }
.hub-home .count b { font-size: 1.35rem; font-weight: 680; font-variant-numeric: tabular-nums; }
.hub-home .count span { display: flex; align-items: center; gap: 0.35rem; color: hsl(var(--muted-foreground)); font-size: 0.82rem; }
.hub-home .count svg { width: 0.9rem; height: 0.9rem; }
.hub-home .asks { display: grid; grid-template-columns: repeat(2, 1fr); gap: 0.5rem; }
.hub-home .ask { display: flex; justify-content: space-between; gap: 0.5rem; align-items: flex-start; text-align: left; border: 1px solid hsl(var(--border)); border-radius: 0.6rem; padding: 0.6rem 0.8rem; }
.hub-home .ask svg { width: 0.95rem; height: 0.95rem; flex: none; opacity: 0.5; margin-top: 0.15rem; }
.hub-home .mail { display: flex; gap: 0.5rem; align-items: center; font-weight: 500; }
.hub-home .mail svg { opacity: 1; margin: 0; color: hsl(var(--primary)); }
.hub-home kbd { border: 1px solid hsl(var(--border)); border-radius: 0.3rem; padding: 0 0.35rem; font-family: inherit; }
@media (max-width: 640px) { .hub-home .counts { grid-template-columns: repeat(2, 1fr); } .hub-home .asks { grid-template-columns: 1fr; } }
`

const icons = { models: Brain, datasets: Database, users: Users, affiliations: Building2 }
const grouped = new Intl.NumberFormat("en-US")

function Home({ props, sendUserMessage }) {
  return (
    <section className="hub-home not-prose" aria-label="Home">
      <style>{css}</style>
      <div>
        <h1>Hello {props.person}</h1>
        <p className="quiet">Ask about models, datasets, people and affiliations in your own words.</p>
      </div>
      {props.warning ? (
        <div className="warning" role="note"><ShieldAlert aria-hidden="true" /><span>{props.warning}{props.own ? <>{" "}<a href="/password">Change it now</a></> : null}</span></div>
      ) : null}
      {props.waiting ? (
        <button type="button" className="ask" onClick={() => sendUserMessage("/invitations")}>
          <span className="mail"><Mail aria-hidden="true" />{props.waiting === 1 ? "An invitation waits for you" : `${props.waiting} invitations wait for you`}</span><ArrowUpRight aria-hidden="true" />
        </button>
      ) : null}
      <div className="counts">
        {props.counts.map(({ name, count, question }) => {
          const Icon = icons[name]
          return (
            <button type="button" className="count" key={name} title={question} onClick={() => sendUserMessage(question)}>
              <b>{grouped.format(count)}</b><span><Icon aria-hidden="true" />{name}</span>
            </button>
          )
        })}
      </div>
      <div className="asks">
        {props.starters.map((question) => (
          <button type="button" className="ask" key={question} onClick={() => sendUserMessage(question)}>
            <span>{question}</span><ArrowUpRight aria-hidden="true" />
          </button>
        ))}
      </div>
      <p className="quiet">Type <kbd>/</kbd> for commands: lists, details, SQL of your own, exports. <em>All</em> under the message box keeps a question to models, datasets, users or affiliations.</p>
    </section>
  )
}

const Same = hub.once("Home", () => memo(Home))
export default <Same props={props} sendUserMessage={sendUserMessage} />
