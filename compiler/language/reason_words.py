"""What servers say, reason by reason: phrases that several of them share, without accents, between bars.

`*` stands for at most 80 characters. Data: the reading of it is `reasons`.
"""

from __future__ import annotations

from compiler.language.reason import Reason

Phrases = tuple[tuple[Reason, str], ...]

# The first that is found wins: what names the mailbox's state before what names the sender's faults, and those before
# the vague. A text that can mean a dead address and something else belongs to the something else.
FIRM: Phrases = (
    (
        Reason.NOT_ACCEPT,
        """
        does not accept mail | does not accept any mail | doesn't accept mail | does not accept email | null mx |
        indicated no smtp service | nullmx | no mail accepted | smtp protocol returned a permanent error 521 |
        host does not receive mail | domain does not receive mail | name server: .: host not found |
        mx record points to '.' | no mx record found | no mx found | couldn't find a mail exchanger |
        does not handle mail
        """,
    ),
    (
        Reason.MAILER_ERROR,
        """
        procmail: couldn't | command died
        """,
    ),
    (
        Reason.CONTENT_ERROR,
        """
        duplicate header
        """,
    ),
    (
        Reason.POLICY_VIOLATION,
        """
        content presents a potential | contains a potential | potential security issue
        """,
    ),
    (
        Reason.NETWORK_ERROR,
        """
        host not found, try again | malformed or unexpected name server reply | host name lookup failure |
        name server: temporary | temporary lookup failure
        """,
    ),
    (
        Reason.FILTERED,
        """
        recipient preferences | due to recipient
        """,
    ),
    (
        Reason.MAILBOX_FULL,
        """
        mailbox full | mailbox is full | mailbox*is full | mail box full | inbox is full | inbox is out of storage |
        mailfolder is full | account is over quota | account*over quota | over quota | overquota | out of storage |
        exceeded storage allocation | exceeds allowed quota | exceeded*quota | exceeds*quota | quota exceed |
        quota*exceeded | quota violation | exceed*mailbox size limit | mailbox size limit | mailbox exceeded |
        mailbox*has exceeded | exceeds the maximum mailbox | disk quota | over the maximum allowed mailbox size |
        user is over the quota | no space left in mailbox | not enough space in mailbox |
        insufficient disk space*mailbox | insufficient mailbox space | does not have enough space |
        not enough storage space | storage quota | maildir over quota | maildir delivery failed: userdisk |
        has reached its storage limit | dd user's disk quota exceeded | boite aux lettres pleine | boite pleine |
        boite de reception est pleine | boite aux lettres*est pleine | boite*est saturee | quota*depasse | depasse*quota
        | espace de stockage*insuffisant | capacite*boite*atteint | buzon lleno | postfach ist voll | postfach voll |
        casella piena | メールボックスが一杯 | メールボックスの容量
        """,
    ),
    (
        Reason.MESSAGE_TOO_BIG,
        """
        message size exceeds | message*exceeds*size limit | message is too large | message too large | message too big |
        message file too big | message size*too | exceeded maximum inbound message size | size limit*exceeded |
        too large for | larger than the current system limit | larger than the current size limit |
        max message size exceeded | maximum message size | message trop volumineux | taille*message*depasse |
        message length exceeds
        """,
    ),
    (
        Reason.SUSPEND,
        """
        account is disabled | account*disabled | account has been disabled | account is inactive | account*inactive |
        account that you tried to reach is*disabled | mailbox is disabled | mailbox disabled | mailbox*disabled |
        mailbox is inactive | mailbox*inactive | mailbox is frozen | mailbox unavailable or access denied |
        mailbox currently suspended | account*suspended | mailbox*suspended | user*suspended | recipient suspend |
        suspended due to | account*deactivated | user is inactive | user*is inactive | inactive user | user*disabled |
        account*locked | email account that you tried to reach is inactive | address*no longer active | domain*suspended
        | due to*inactivity | bal desactive | compte*desactive | compte*suspendu | boite*desactive | boite*inactive |
        boite*suspendue | adresse*archivee | is a deactivated mailbox | sorry your mailbox has been suspended |
        vdelivermail: account is locked | not a active address | email account has been expired
        """,
    ),
    (
        Reason.HAS_MOVED,
        """
        has been replaced by | user has moved | user not local; please try | has moved to | new e-mail address is |
        a change d'adresse | nouvelle adresse | no longer at this address
        """,
    ),
    (
        Reason.NO_RELAYING,
        """
        relaying denied | relay denied | relay access denied | relay not permitted | relaying not permitted |
        relaying not allowed | relay is prohibited | unable to relay | not allowed to relay | not permitted to relay |
        relaying mail to | insecure mail relay | mail server requires authentication when |
        that domain isn't in my list of allowed rcpthosts | isn't in my list of allowed rcpthosts | not a gateway |
        no relaying | relais interdit
        """,
    ),
    (
        Reason.REQUIRE_PTR,
        """
        reverse dns | ptr record | no ptr | missing ptr | cannot find your hostname | cannot find your reverse hostname
        | cannot resolve your address | client host rejected: cannot find | fix reverse dns | rdns |
        no matching a-record | ptr lookup | dns inverse | ip address*does not resolve | unresolvable relay host name |
        ip name lookup failed | all mail servers must have a ptr | domain name of*is not set
        """,
    ),
    (
        Reason.AUTH_FAILURE,
        """
        dmarc | dkim | sender policy framework | spf check | spf fail | spf validation | spf/dns de votre nom |
        spf record | spf: | spf ( | spf unauthorized | spf softfail | fails spf | failed spf |
        this message does not pass authentication | message*unauthenticated | unauthenticated email |
        not pass authentication | does not have authentication information | domain owner discourages |
        sender not authorized by spf | spam.sender.spf
        """,
    ),
    (
        Reason.BAD_REPUTATION,
        """
        very low reputation | poor reputation | bad reputation | low reputation | reputation of the sending |
        sender reputation | due to ip reputation | temporarily rate limited due to ip reputation |
        bad dns ptr reputation
        """,
    ),
    (
        Reason.VIRUS_DETECTED,
        """
        virus detected | contains a virus | virus found | infected with | infected by | virus was found | found a virus
        | contains malware | malware detected | contained a virus | contains viruses | your message was infected |
        message*infected | believed to be infected | virus detecte | contient un virus
        """,
    ),
    (
        Reason.SPAM_DETECTED,
        """
        spam message | message is spam | message*considered spam | message*looks like spam | looks like spam |
        considered as spam | classified as spam | identified as spam | detected as spam | appears to be spam |
        marked as spam | be spam | is spam | spam content | spam detected | spam score | spam-like | spamassassin |
        probable spam | likely unsolicited | unsolicited mail | unsolicited bulk | unsolicited commercial | junk mail |
        rejected*spam | spam*rejected | high spam | our filters*spam | blocked for spam | blocked by spam | spam filter
        | spam blocked | spamminess | possible spam | suspected spam | contains spam | contenu*spam | detecte comme spam
        | considere comme spam | comme indesirable | courrier indesirable | rejected due to content |
        content filter rejected | barracuda | cloudmark | 554 rejected due to virus or spam |
        transaction failed unsolicited | denied due to spam
        """,
    ),
    (
        Reason.BLOCKED,
        """
        spamhaus | spamcop | sorbs | dnsbl | blocklist | block list | blacklist | black list | black-list |
        blocked using | is blocked | has been blocked | was blocked | blocked by | blocked - | is listed | are listed |
        ip listed | listed by | banned sending ip | banned | client host rejected | access denied*ip | your ip*rejected
        | your ip address | your network | ip address has been | ip bloque | adresse ip*bloque | connection refused by |
        connections not accepted | connection not accepted from | connections from the host | connection dropped |
        we do not accept mail from | we do not accept messages from | mail from your | not accept*from dynamic |
        dynamic ip | dynamic/residential | dialup | service refuse | bad helo | invalid helo | helo command rejected |
        helo rejected | ehlo/helo | helo/ehlo | too many spam | is on our | invalid ip | not authorised ip |
        refused: mail from | domain*not allowed to connect | you are not allowed to connect | mail refused*your |
        your mail server*rejected | open relay | open proxy | rejected by*rbl | found on industry | bad sender ip |
        not currently accept | access denied. your | email rejected per
        """,
    ),
    (
        Reason.SPEEDING,
        """
        rate limit | ratelimit | rate-limit | unusual rate | rate that prevents | receiving mail at a rate |
        receiving mail too quickly | sending rate | sent too many | sending too many | too many messages |
        too many emails | sent to too many | too many recipients this | too many mails | max message per connection |
        excessive volume | unexpected volume | slow down | throttl | mail sent*too fast | hourly limit | daily limit |
        sending quota | envoie trop | trop de messages | please try again slower
        """,
    ),
    (
        Reason.TOO_MANY_CONN,
        """
        too many connections | too many concurrent | too many simultaneous | too many smtp sessions | too many sessions
        | maximum number of connections | concurrent connections | connection rate | connection limit | connections per
        | maximum connections | all available ips are at maximum | too many users logged on | too many recipients |
        connection frequency limited | trop de connexions
        """,
    ),
    (
        Reason.REJECTED,
        """
        sender address rejected | sender rejected | sender was rejected | sender is rejected |
        sender address*does not exist | sender address has been | sender domain | domain of sender address |
        domain of sender | sender's domain | sender verify failed | sender not allowed | sender not authorized |
        sender denied | sender unknown | sender is not | unknown sender | invalid sender | bad sender |
        unresolvable domain | envelope sender | could not verify sender | refused your sender | mail from*rejected |
        mail from*denied | mail from*refused | mail from*not allowed | mail from denied | does not like*sender |
        from address rejected | address*not allowed to send | you are not allowed to | you do not have permission |
        may not have permission | are not authorized to send | not authorized to send | are not a member |
        are not member | not a member of | is not on the list of allowed senders | only accepts*from |
        accepts messages only from | is not accepting mail from you | message*rejected by*owner | restricted*sender |
        sender*blocked | from*blocked | requires sender | l'expediteur | emetteur*refuse | adresse*expediteur*invalide
        """,
    ),
    (
        Reason.HOST_UNKNOWN,
        """
        host unknown | unknown host | host not found | host*not found | domain not found | domain does not exist |
        domain doesn't exist | domain name not found | domain*was not found | domain*couldn't be found |
        domain*could not be found | couldn't find any host | couldn't find*mx | no such host | no such domain |
        no such name | nxdomain | name or service not known | name service error for name*not found | name or domain |
        unrouteable domain | unrouteable mail domain | unroutable mail domain | unrouteable host | unknown domain |
        bad destination host | bad destination mailbox address*host | recipient address rejected: domain |
        recipient domain*not exist | domain is not reachable | non-existent domain | nonexistent domain |
        domain must exist | domaine inconnu | domaine*introuvable | domaine*n'existe pas | nom de domaine*inexistant |
        hote inconnu | illegal host/domain | invalid domain | host/domain not found | no route to domain |
        name server*host unknown | dns type 'mx' lookup*nxdomain | domain name does not
        """,
    ),
    (
        Reason.USER_UNKNOWN,
        """
        user unknown | unknown user | user*unknown | unknown recipient | recipient unknown | recipient*unknown |
        unknown address | address unknown | unknown mailbox | mailbox unknown | unknown account | unknown local |
        unknown email | unknown virtual | unknown in virtual | unknown in relay | unknown in local | user not found |
        user*not found | mailbox not found | mailbox*not found | recipient not found | recipient*not found |
        address not found | address*not found | address*wasn't found | address*couldn't be found |
        address*could not be found | email address wasn't found | account not found | recipientnotfound | recipnotfound
        | recipient not exist | no such user | no such mailbox | no such recipient | no such address | no such person |
        no such account | no such email | no such local user | no such id | no mailbox | no user | no account |
        no local mailbox | no valid recipient | not a known user | not a valid user | not a valid mailbox |
        not a valid recipient | not a valid address | not a valid email | not a local | not known here |
        not known at this site | not listed in | not our customer | invalid recipient | invalid mailbox | invalid user |
        invalid final delivery userid | invalid userid | invalid address | invalid email | invalid account |
        recipient invalid | bad destination mailbox | bad address | does not exist | doesn't exist | dosn't exist |
        not exist | do not exist | non-existent | nonexistent | unrouteable address | unroutable address |
        unrouteable user | undeliverable address | address rejected: undeliverable |
        recipient address rejected: access denied | address*no longer valid | no longer valid | no longer available |
        no longer on server | no longer in use | no longer exist | no longer accept | doesn't have a*account |
        doesn't have an account | does not have an account | not have a final email | no matches to nameserver |
        this account has been closed | account*closed | account*terminated | account*deleted | mailbox*deleted |
        account not available | this address no longer | left the company | user doesn't | the user you are |
        unable to find recipient | not found in directory | ldap: no such | recipient is not local | rejected: no such |
        mailbox does not | adresse inconnue | adresse*introuvable | adresse*n'existe pas | adresse*inexistante |
        adresse*invalide | utilisateur inconnu | utilisateur*introuvable | utilisateur*n'existe pas |
        destinataire inconnu | destinataire*introuvable | destinataire*n'existe pas | destinataire*invalide |
        boite*n'existe pas | boite*inexistante | boite aux lettres inconnue | boite*introuvable | compte*n'existe pas |
        compte inexistant | compte inconnu | compte*ferme | n'est plus valide | empfanger unbekannt |
        unbekannter empfanger | usuario desconocido | utente sconosciuto |
        ディレクトリには見つかりません | ユーザが存在しません | 宛先が存在しません |
        такого пользователя нет | пользователь не найден
        """,
    ),
    (
        Reason.POLICY_VIOLATION,
        """
        for policy reasons | policy reasons | security policy | local policy | policy violation | message*policy |
        policy*violat | delivery not authorized | message refused by mailmarshal | email not accepted for policy |
        message not accepted for policy | attachment*not allowed | attachment*blocked | blocked*attachment |
        executable attachment | potentially executable | extension*not allowed | we do not accept*attachment |
        you have exceeded the allowable number of posts | piece jointe*interdite
        """,
    ),
    (
        Reason.NOT_COMPLIANT,
        """
        rfc 5322 | rfc5322 | rfc 2822 | rfc2822 | rfc 822 | rfc822 | duplicate header | multiple from |
        multiple addresses in from | more than one from | multiple 'from' addresses | message not rfc
        """,
    ),
    (
        Reason.CONTENT_ERROR,
        """
        message filtered | message content | improper use of 8-bit | 8-bit | malformed | header error | missing header |
        header*missing | bare lf | bare <lf> | mime | message header | message has been refused by antispam |
        routing loop detected -- too many received | charset | unacceptable content
        """,
    ),
    (
        Reason.SYNTAX_ERROR,
        """
        syntax error | improper sequence | parameter not implemented | protocol violation | bad sequence |
        command not implemented | command not recognized | unrecognized command |
        command unrecognized | parameters not recognized | need mail before | need rcpt | out of sequence |
        improper command | need fully-qualified
        """,
    ),
    (
        Reason.NETWORK_ERROR,
        """
        too many hops | hop count exceeded | hops exceeded | mail loop | loops back to myself | mail forwarding loop |
        routing loop | maximum forwarding loop | message is looping | message loop | loop detected |
        name server*timed out | name server loop | temporary dns | dns failure | dns error | dns lookup fail |
        cname lookup failed | host or domain name lookup failed | host not reachable | no route to host |
        network is unreachable | network unreachable | network error | connection refused |
        was unable to establish an smtp connection | wasn't able to establish an smtp connection |
        unable to establish an smtp connection | lost connection | connection reset | conversation with*timed out while
        | connection failed | couldn't connect | could not connect | unable to connect | failed to connect | tls*failed
        | starttls | no valid hosts | all relevant mx records point to non-existent | connexion refusee
        """,
    ),
    (
        Reason.EXPIRED,
        """
        in the queue too long | in queue too long | queue too long | too long | been waiting | delivery time expired |
        delivery expired | message expired | expired*queue | queue*expired | has expired | expired after |
        retry timeout exceeded | retry time not reached | retry timeout | could not be delivered for | not delivered for
        | has been delayed | delayed | delivery attempts have*failed | after*attempts | timed out | timeout | time out |
        time limit | message timeout | unable to deliver*within | undeliverable for*hours | not been delivered within |
        will keep trying | will be retried | will continue to | delai*depasse | delai d'expiration |
        n'a pas pu etre remis dans le delai | est differe | a ete retarde | giving up
        """,
    ),
    (
        Reason.ON_HOLD,
        """
        greylist | grey-list | graylist | temporarily deferred | deferred | try again later | try later |
        administrative hold
        """,
    ),
    (
        Reason.SYSTEM_FULL,
        """
        insufficient system storage | insufficient system resources | no space left on device |
        requested mail action aborted: exceeded storage | mail system full | not enough disk space
        """,
    ),
    (
        Reason.MAILER_ERROR,
        """
        procmail | command failed | returned exit | exit status | exit code | local delivery failed | error writing |
        pipe to | bad file descriptor | mailer*failed
        """,
    ),
    (
        Reason.SYSTEM_ERROR,
        """
        local configuration error | local error | configuration error | server configuration | internal error |
        internal server error | internal software error | system config | system error | service not available |
        service unavailable | service currently unavailable | temporary local problem | temporary failure |
        temporary problem | temporary error | not responding | unable to create | unable to open | can't open |
        cannot open | can't create | queue file write error | unable to process | error in processing |
        duplicated message-id | loop alert | erreur interne | erreur temporaire
        """,
    ),
)
# Said of anything: a status code tells more.
VAGUE: Phrases = (
    (
        Reason.FILTERED,
        """
        recipient preferences | refused due to recipient | recipient rejected | recipient*refused | recipient*not accept
        | rejected by recipient | rejected by a remote | message rejected by | because of protection |
        due to extended inactivity new mail is not | message discarded | user reject | domain filter |
        recipient address rejected | mailbox unavailable | mailbox not available | mailbox*unavailable |
        mailbox name not allowed | the user refused | user refuses | not accepting mail | not accept messages |
        requested action not taken | refuse*destinataire | destinataire*refuse
        """,
    ),
    (
        Reason.SECURITY_ERROR,
        """
        access denied | not permitted | permission denied | authentication required | authentication failed |
        authentication failure | must be authenticated | not authorized | unauthorized | security |
        administrative prohibition | administratively | denied | encryption | acces refuse
        """,
    ),
    (
        Reason.REJECTED,
        """
        we're sorry*may not | not allowed | refused | rejected | refuse | rejete
        """,
    ),
)
