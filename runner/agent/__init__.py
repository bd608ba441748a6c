"""The agent of a keyed host: follows the workspace's remote, so that people need nothing but git.

following   what the remote holds: main brought forward, other branches fetched
proposing   a pushed branch → the plans of the campaigns that it touches, their locks pushed onto it
releasing   what main has locked and is due → sent, by the code of `envoi send`
news        an account → what people should be told (pure)
notices     what they are told → mail to `notify.to`
memory      what was done and told already
rounds      one after the other, again and again
"""
