# SPDX-License-Identifier: GPL-2.0-only
"""Files for lint.py, written by hand. Which are good is chronyd's to say."""

# A file of one line each.
LINES = r"""
server ntp.nict.jp iburst
server ntp.nict.jp iburst # 東京
server ntp.nict.jp iburst　# 東京
server ntp.nict.jp iburst ＃東京
server ntp.nict.jp iburst#東京
server　ntp.nict.jp　iburst
　server ntp.nict.jp iburst
server ntp.nict.jp iburst
＃ コメント
　# コメント
# コメント
  ! a
	; b
  # c
% d
// not a comment
-- not a comment
server ntp.nict.jp#tokyo iburst
server "ntp.nict.jp" iburst
server “ntp.nict.jp” iburst
server 'ntp.nict.jp' iburst
server "ntp.nict.jp iburst"
server ntp.nict.jp "iburst"
server ntp.nict.jp iburst ! hi
server ntp.nict.jp iburst ; hi
server ntp.nict.jp iburst % hi
server ntp.nict.jp iburst // hi
SERVER 192.0.2.1 IBURST MinPoll 4
server
server #
server # x
peer
pool
peer 192.0.2.1
pool pool.ntp.org maxsources 3
server 192.0.2.1 minpoll
server 192.0.2.1 minpoll x
server 192.0.2.1 minpoll 4x
server 192.0.2.1 minpoll 4iburst
server 192.0.2.1 minpoll -6 maxpoll 24
server 192.0.2.1 minpoll 99999999999999999999
server 192.0.2.1 minpoll 4.5
server 192.0.2.1 port 123 key 1 version 4
server 192.0.2.1 key 0
server 192.0.2.1 key -1
server 192.0.2.1 key 4294967295
server 192.0.2.1 key 4294967296
server 192.0.2.1 key 4294967297
server 192.0.2.1 key abc
server 192.0.2.1 certset 1
server 192.0.2.1 certset
server 192.0.2.1 extfield F323
server 192.0.2.1 extfield 0xf323
server 192.0.2.1 extfield F324
server 192.0.2.1 extfield f323iburst
server 192.0.2.1 maxdelay 0.1 maxdelayratio 2 maxdelaydevratio 3 maxdelayquant 0.5 mindelay 1e-4
server 192.0.2.1 maxdelay nan
server 192.0.2.1 maxdelay inf
server 192.0.2.1 maxdelay 0x1p-3
server 192.0.2.1 maxdelay 1,5
server 192.0.2.1 asymmetry 0.5 offset -0.1
server 192.0.2.1 auto_offline burst copy offline noselect prefer require trust nts xleave
server 192.0.2.1 filter 3 maxsamples 4 minsamples 3 minstratum 1 ntsport 4460 polltarget 8 presend 9
server 192.0.2.1 ipv4
server 192.0.2.1 ipv6
server 192.0.2.1 maxunreach 5
server 192.0.2.1 iburts
server 192.0.2.1 iburst iburst
server 192.0.2.1 192.0.2.2
server -minpoll 4
serverntp.nict.jp iburst
allow
allow all
allow ALL
allow All
Allow ALL # everybody
allow 10
allow +10
allow -10
allow 10.
allow 10/8
allow 10/33
allow 10/128
allow 10/-1
allow 10/
allow 10/8x
allow 10/ 8
allow /8
allow 10/0
allow 0/0
allow ::/0
allow 10.0.0.0/8 # LAN
allow # LAN
allow all # LAN
allow 10.0.0.0/8#LAN
allow 10.0.0.0/8 192.168.0.0/16
allow 10.0.0.0/8, 192.168.0.0/16
allow 10.0.0.0/8,192.168.0.0/16
allow 192.168.1
allow 192.168.256
allow 256
allow 1.2.3.4
allow 1.2.3.4.5
allow 1.2.3.256
allow 172.16/12
allow 010.0.0.1
allow 0x0a000001
allow 0x7f.1
allow 192.168.1.0/24
allow 192.168.1.77/24
allow all 192.168.1.0/24
allow all all
allow 192.168.1.*
allow 192.168.1.0-192.168.1.9
allow 192.168.1.0/255.255.255.0
allow 192.168.1.0 255.255.255.0
allow "192.168.1.0/24"
allow １９２.168.1.0/24
allow 2001:db8::/32
allow 2001:db8::/129
allow 2001:DB8::1
allow 2001:db8::1/128
allow 2001:db8::
allow [2001:db8::1]
allow ::ffff:192.0.2.1
allow fe80::1%lo
allow fe80::1%eth9
allow ::1%0
allow ::1%
allow host.example
allow host.example/24
allow host_name
allow -x
allow all host.example
allow 10 # x # y
deny
deny all
deny 10.1
deny 10.1/16 # x
deny 10.1/40
DENY ALL
cmdallow
cmdallow all
cmdallow 127.0.0.1
cmdallow 192.168/16
cmdallow 192.168/33
cmdallow ALL
cmddeny all
cmddeny 1.2.3.4/5/6
cmddeny 10.0.0.0\8
port
port 123
port 0
port 99999
port -1
port 123 # x
port 123x
port 123#x
port #123
port ntp
port 0x7b
port +123
port １２３
port=123
port:123
port 1 2
acquisitionport 0
acquisitionport x
cmdport 323
cmdport
ntsport 4460
ntsport 4460 4461
ptpport 319
ptpport x
bindaddress 192.0.2.1
bindaddress ::
bindaddress 192.0.2
bindaddress eth0
bindaddress
bindaddress 192.0.2.1 192.0.2.2
bindacqaddress 0.0.0.0
bindacqaddress x
bindcmdaddress /run/chrony/chronyd.sock
bindcmdaddress /
bindcmdaddress /run/a b
bindcmdaddress 127.0.0.1
bindcmdaddress run/x
bindcmdaddress
binddevice eth0
binddevice
bindacqdevice eth0 eth1
bindcmddevice lo
broadcast 60 192.0.2.255
broadcast 60 192.0.2.255 123
broadcast 60 192.0.2.255 x
broadcast 60 192.0.2.255 123 9
broadcast 60
broadcast x 192.0.2.255
broadcast 60 host
broadcast 60x 192.0.2.255 123y
broadcast
clientloglimit 524288
clientloglimit -1
clientloglimit x
clientloglimit 1e6
clockprecision 1e-7
clockprecision x
combinelimit 3
corrtimeratio 3.0
corrtimeratio
driftfile /var/lib/chrony/drift
driftfile /f # x
driftfile
driftfile /a b
driftfile "/a b"
driftfile "/a"
driftfile /f interval 60
driftfile #x
driftfile //var/lib/drift
dscp 46
dscp x
dumpdir /var/lib/chrony
dumponexit
dumponexit # x
dumponexit whatever
commandkey 1
generatecommandkey
linux_hz 100
linux_freq_scale 0.99
fallbackdrift 16 19
fallbackdrift 16
fallbackdrift 16 x
fallbackdrift 16x 19
fallbackdrift 16 19x
hwclockfile /etc/adjtime
hwtimestamp eth0
hwtimestamp *
hwtimestamp
hwtimestamp eth0 minpoll -2 maxsamples 8 minsamples 2 precision 1e-8 rxcomp 0 txcomp 1e-9 nocrossts
hwtimestamp eth0 maxpoll 2
hwtimestamp eth0 rxfilter all
hwtimestamp eth0 rxfilter ALL
hwtimestamp eth0 rxfilter none
hwtimestamp eth0 rxfilter nonesuch
hwtimestamp eth0 rxfilter nonenocrossts
hwtimestamp eth0 rxfilter x
hwtimestamp eth0 rxfilter
hwtimestamp eth0 eth1
hwtstimeout 1
include
include a b
include /nonexistent/file
include /nonexistent/*.conf
include /nonexistent*
include /etc
initstepslew 10 127.0.0.1
initstepslew 10 127.0.0.1 # x
initstepslew 10
initstepslew x
initstepslew
initstepslew 10x 127.0.0.1
keyfile /etc/chrony/chrony.keys
leapseclist /x
leapsecmode slew
leapsecmode SLEW
leapsecmode
leapsecmode slew # x
leapsecmode fast
leapsectz right/UTC
leapsectz
local
local stratum 8
local stratum 8 # x
local stratum 0
local stratum 15
local stratum 16
local stratum x
local stratum
local stratum 8orphan
local stratum 10 orphan distance 0.5
local distance
local 10
local activate 0.5
local waitsynced 10
lock_all
lock_all yes
log
log tracking
log tracking measurements statistics rawmeasurements selection rtc refclocks tempcomp
log Tracking
log tracking # x
log all
logbanner 32
logbanner x
logchange 0.5
logchange 0.5 # s
logdir /var/log/chrony
logdir
mailonchange root@localhost 0.5
mailonchange root@localhost
mailonchange root@localhost x
mailonchange root@localhost 0.5 # x
makestep 1 3
makestep 1.0 -1
makestep 1 3 # x
makestep 1
makestep 1 x
makestep 1x 3
makestep 1-1 3
makestep .5 3
manual
manual on
maxchange 1000 1 2
maxchange 1000 1
maxchange 1000 1 x
maxclockerror 1
maxdistance 3
maxdrift 1
maxjitter 1
maxjitter 1 2
maxntsconnections 100
maxsamples 10
maxslewrate 1000
maxupdateskew 100.0
maxupdateskew 100.0 # ppm
minsamples 6
minsources 2
minsources two
nocerttimecheck 1
nocerttimecheck
noclientlog
noclientlog 1
nosystemcert
ntpsigndsocket /var/lib/samba/ntp_signd
ntsaeads 30 15
ntscachedir /x
ntsdumpdir /x
ntsdumpdir
ntsntpserver ntp.example
ntsprocesses 2
ntsratelimit interval 6 burst 8 leak 2
ntsratelimit interval
ntsrefresh 100
ntsrotate 100
ntsservercert /x
ntsservercert /x /y
ntsserverkey /x
ntstrustedcerts /x
ntstrustedcerts 1 /x
ntstrustedcerts x /x
ntstrustedcerts 1 2 3
ntstrustedcerts
opencommands tracking sources
pidfile /x
pidfile
ptpdomain 1
ratelimit
ratelimit interval 1 burst 16
ratelimit interval 1 # x
ratelimit interval 1 burst 16 leak 2
ratelimit burst 16 interval 99 leak -5
ratelimit interval 1burst 16
ratelimit interval
ratelimit 3
ratelimit kod 2
ratelimit intervall 3
ratelimit INTERVAL 3
cmdratelimit interval -4
cmdratelimit x 3
refclock SHM 0
refclock SHM
refclock
refclock shm 0
refclock NONE 0
refclock SHM 0:perm=0644
refclock SHM 0:mode=0644
refclock SHM 0:
refclock SHM 0 refid GPS precision 1e-1 offset 0.5 delay 0.2
refclock SHM 0 refid GPSX5
refclock SHM 0 refid
refclock SHM 0 stratum 0
refclock SHM 0 stratum 15
refclock SHM 0 stratum 16
refclock SHM 0 stratum -1
refclock SHM 0 poll 3 dpoll -2 filter 5 rate 1 minsamples 3 maxsamples 9 maxlockage 2 maxdispersion 1 width 0.1
refclock SHM 0 local pps noselect prefer trust require
refclock SHM 0 lock NMEA
refclock SHM 0 tai
refclock SHM 0 # GPS
refclock PPS /dev/pps0 lock NMEA refid PPS
refclock PHC /dev/ptp0:extpps:pin=1 poll 0
refclock SOCK /run/x.sock
refclock RTC /dev/rtc0
refresh 100
reselectdist 1e-4
restrict default nomodify
rtcautotrim 30
rtcdevice /dev/rtc
rtcfile /x
rtconutc
rtcsync
rtcsync # x
rtcsync on
sched_priority 1
sched_priority 100
sched_priority -1
sched_priority x
smoothtime 400 0.01
smoothtime 400 0.01 leaponly
smoothtime 400 0.01 LeapOnly
smoothtime 400 0.01 # x
smoothtime 400
smoothtime 400 x
smoothtime 400 0.01 leaponly x
sourcedir /nonexistent
sourcedir
sourcedir a b c d e f g h i j k
sourcedir /nonexistent # x
confdir
confdir /nonexistent
confdir /nonexistent # x
confdir a b c d e f g h i j
confdir a b c d e f g h i j k
stratumweight 0.001
tempcomp /sys/x 30 /etc/points
tempcomp /sys/x x /etc/points
tempcomp /sys/x 30 26000 0.0 0.000183 0.0
tempcomp /sys/x 30 26000 0.0 0.000183
tempcomp /sys/x 30 26000 0.0 0.000183 x
tempcomp /sys/x
user _chrony
user
user a b
authselectmode require
authselectmode ignore prefer
authselectmode
authselectmode some
frobnicate
sever ntp.nict.jp
allow10
"server" ntp.nict.jp
""".strip("\n").split("\n")

# Files of bytes that a list of lines does not hold.
BYTES = [
    b"",
    b"\n\n\n",
    b"port 123",
    b"\xef\xbb\xbfserver 192.0.2.1\n",
    b"\xef\xbb\xbf# x\n",
    b"\xef\xbb\xbf\n",
    b"server\xc2\xa0192.0.2.1 iburst\n",
    b"server 192.0.2.1\xc2\xa0iburst\n",
    b"server 192.0.2.1 iburst\xc2\xa0\n",
    b"server 192.0.2.1\xe3\x80\x80\n",
    b"server 192.0.2.1\xe2\x80\x8b iburst\n",
    b"server 192.0.2.1 iburst\xe2\x80\x8b\n",
    b"server 192.0.2.1 \xe2\x80\x9ciburst\xe2\x80\x9d\n",
    b"server 192.0.2.1 iburst\r\n# \xe6\x9d\xb1\xe4\xba\xac\r\nallow 10\r\n",
    b"server 192.0.2.1 iburst # x\r\nallow 10\r\n",
    b"server 192.0.2.1 iburst\rallow 10\rdeny 10.1\r",
    b"# x\rserver 192.0.2.1 iburst\rallow 10\r",
    b"server 192.0.2.1 iburst # x\rallow 10 # y\r",
    b"rtcsync\r\r\n",
    b"log tracking\rrtc\n",
    b"server 192.0.2.1 \\\n  iburst \\\n  minpoll 4\n",
    b"server 192.0.2.1 \\\n  iburst # x\nallow 10\n",
    b"server 192.0.2.1 iburst \\\n",
    b"server 192.0.2.1 \\",
    b"driftfile /f\\\n",
    b"allow 10 \\\n11\n",
    b"server 192.0.2.1 ib\\\nurst\n",
    b"allow 10/8 \x00garbage\n",
    b"allow 10\x00/8 x y z\n",
    b"\x00\nallow 10\n",
    b"\x00" * 3000 + b"\nport 1 2\n",
    b"port 1\x00" + b"x" * 2100 + b"\n",
    b"port 1\x00" + b"x" * 2100 + b" port 1 2\n",
    b"\xff\xfes\x00e\x00r\x00v\x00e\x00r\x00 \x00x\x00\n\x00",
    b"\xfe\xff\x00#\x00 \x00x\x00\n",
    b"\x00s\x00e\x00r\x00\n",
    b"\v\f\tport\v123\f\n",
    b"port\x85123\n",
    b"port\xa0123\n",
    b"port 123\x1c\n",
    b"allow 10\x1b[2J\n",
    b"#" + b"x" * 2045 + b"\n",
    b"#" + b"x" * 2046 + b"\n",
    b"#" + b"x" * 2047 + b"\n",
    b"#" + b"x" * 2046,
    b"#" + b"x" * 2047,
    b"#" + b"x" * 5000 + b"\nport 123\n",
    b"driftfile /" + b"x" * 2035 + b"\n",
    b"driftfile /" + b"x" * 2036 + b"\n",
    b"driftfile /" + b"x" * 2037,
    b"port 123" + b" " * 2039 + b"\n",
    b"port 123" + b" " * 2038 + b"\n",
    b"noclientlog\nratelimit\n",
    b"ntsratelimit\nnoclientlog\n",
    b"cmdratelimit\nnoclientlog\n",
    b"noclientlog\nallow\n",
    b"rtcsync\nrtcfile /x\n",
    b"refclock SHM 0 tai\nleapsectz right/UTC\n",
    b"sched_priority 100\nsched_priority 0\n",
    b"sched_priority 0\nsched_priority 100\n",
    b"deny 10.0.0.0/12\nallow 10.0.0.0/9\n",
    b"deny 192.168.1.1\nallow 192.168.1.0/29\n",
    b"deny 192.168.1.1\nallow all 192.168.1.0/24\n",
    b"allow 192.168.1.0/24\ndeny 192.168.1.0/24\n",
    b"allow\nratelimit\nport 0\n",
    b"allow 10.0.0.0/33\nallow 10.0.0.0/32\n",
    b"allow 2001:db8::/129\n",
    b"allow 10/99999999999999999999\n",
    b"cmdallow 2001:db8::/129\n",
    b"cmddeny 10.1/77\n",
    b"deny 0/33\n",
    b"refclock SHM 0::perm=0644\n",
    b"refclock SHM 0:perm\n",
    b"refclock SHM 0:perm=0644:\n",
    b"refclock SHM 0:permit=0644\n",
    b"refclock SHM 0 refid A\nrefclock SHM 1 lock A tai\n",
]

# Files that name others; @ is their directory, which chronyd is run in.
TREES = [
    {"chrony.conf": b"include a.conf\n", "a.conf": b"port 123\n"},
    {"chrony.conf": b"include a.conf\n", "a.conf": b"port 123 # x\n"},
    {"chrony.conf": b"include a.conf # x\n", "a.conf": b"port 123\n"},
    {"chrony.conf": b"include *.inc\n", "a.inc": b"port 123\n", "b.inc": b"prot 123\n"},
    {"chrony.conf": b"include *.inc\n"},
    {"chrony.conf": b"include [ab].inc\n", "b.inc": b"allow ALL\n"},
    {"chrony.conf": b"include d\n", "d/x": b"prot\n"},
    {"chrony.conf": b"include d/*\n", "d/x/y": b"prot\n"},
    {"chrony.conf": b"include -\n", "-": b"prot\n"},
    {"chrony.conf": b"include -\n", "-": b"port 1\n"},
    {"chrony.conf": b"include chrony.conf\n"},
    {"chrony.conf": b"include chrony.conf\ninclude chrony.conf\n"},
    {"chrony.conf": b"include 2\n", **{str(i): b"include %d\n" % (i + 1) for i in range(2, 10)}, "10": b"port 1\n"},
    {"chrony.conf": b"include 2\n", **{str(i): b"include %d\n" % (i + 1) for i in range(2, 11)}, "11": b"port 1\n"},
    {"chrony.conf": b"confdir d\n", "d/a.conf": b"port 123\n"},
    {"chrony.conf": b"confdir d\n", "d/a.conf": b"port 123 # x\n"},
    {"chrony.conf": b"confdir d\n", "d/a.txt": b"port 123 # x\n"},
    {"chrony.conf": b"confdir d\n", "d/.a.conf": b"port 123 # x\n"},
    {"chrony.conf": b"confdir d/\n", "d/a.conf": b"prot\n"},
    {"chrony.conf": b"confdir d e\n", "d/a.conf": b"port 123\n", "e/a.conf": b"prot\n"},
    {"chrony.conf": b"confdir e d\n", "d/a.conf": b"port 123\n", "e/a.conf": b"prot\n"},
    {"chrony.conf": b"confdir d e\n", "d/b.conf": b"port 123\n", "e/a.conf": b"prot\n"},
    {"chrony.conf": b"confdir d d\n", "d/b.conf": b"port 123\n"},
    {"chrony.conf": b"confdir d*\n", "d1/b.conf": b"prot\n"},
    {"chrony.conf": b"confdir d # x\n", "d/b.conf": b"port 1\n"},
    {"chrony.conf": b"confdir d\n", "d/b.conf": b"confdir d\n"},
    {"chrony.conf": b"confdir d\n", "d/b.conf/x": b"prot\n"},
    {"chrony.conf": b"confdir d x\n", "d/b.conf": b"port 1\n"},
    {"chrony.conf": b"sourcedir d\n", "d/a.sources": b"server 192.0.2.1\n"},
    {"chrony.conf": b"sourcedir d\n", "d/a.sources": b"server 192.0.2.1"},
    {"chrony.conf": b"sourcedir d\n", "d/a.sources": b"server 192.0.2.1 # x\nallow 10\nprot\n"},
    {"chrony.conf": b"sourcedir d\nprot\n", "d/a.sources": b"server 192.0.2.1 iburst\n"},
    {"chrony.conf": b"sourcedir d\n", "d/a.sources": b"\x00\nserver 192.0.2.1 iburst x\n"},
    {"chrony.conf": b"sourcedir d\n", "d/a.sources": b"#" * 3000},
]


def cases():
    """All of them, each a dictionary of names and contents; chrony.conf is the file."""
    lines = [{"chrony.conf": line.encode() + b"\n"} for line in LINES]
    return lines + [{"chrony.conf": content} for content in BYTES] + TREES
